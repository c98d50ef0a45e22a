import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { api } from '../../server/testing/http.ts';
import { person, tokenFor } from '../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { ask, connect, nextEvent } from '../../server/testing/sockets.ts';
import { LOADER, runnable } from '../testing/runnable.ts';

const operator = person({ role: 'operator', companyId: 'c1' });
const rider = person({ role: 'rider', companyId: 'c1' });
const place = { address: 'Hafenstraße 1', lat: 52.52, long: 13.4 };
const folder = mkdtempSync(join(tmpdir(), 'waybeat-replay-'));

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const replay = async (...parameters: string[]) => {
  const child = spawn(
    process.execPath,
    [...LOADER, runnable('scripts/replay.ts'), ...parameters, '--url', server.url],
    {
      env: { ...process.env, WAYBEAT_TOKEN: tokenFor(rider) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const [code] = await once(child, 'close');
  return { code, said };
};

it('plays a track through the server: watchers see it, and the trail ends where the track does', async () => {
  const call = api(server.url);
  const body = { origin: place, destination: place, riderId: rider.id };
  const { awb } = (await call(operator, 'POST', '/api/tracking', body)).body;
  const file = join(folder, 'track.gpx');
  const points = Array.from(
    { length: 7 },
    (_, n) => `<trkpt lat="${52.5 + n * 0.0002}" lon="13.4"><time>2026-05-12T09:30:${10 + n * 5}Z</time></trkpt>`,
  );
  writeFileSync(file, `<gpx><trk><trkseg>${points.join('')}</trkseg></trk></gpx>`);
  const watcher = await connect(server.url, tokenFor(operator), { namespace: '/tracking' });
  await ask(watcher, 'subscribe-tracking', { awb });
  const seen = nextEvent<{ location: { lat: number; source: string } }>(watcher, 'location-update', {
    milliseconds: 60_000,
    matches: ({ location }) => location.lat === 52.5012,
  });
  const { code, said } = await replay(file, '--awb', awb, '--speed', '10');
  assert.equal(code, 0, said);
  assert.match(said, /7 of 7 points, 4 reported/);
  assert.equal((await seen).location.source, 'rider');
  const trail = (await call(operator, 'GET', `/api/tracking/${awb}/trail`)).body.items as { lat: number }[];
  assert.deepEqual(
    trail.map(({ lat }) => lat),
    [52.5, 52.5004, 52.5008, 52.5012],
  );
  const refused = await replay(file, '--awb', 'FX00000000');
  assert.equal(refused.code, 1);
  assert.match(refused.said, /404/);
});
