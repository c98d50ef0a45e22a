import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { type Spawned, spawnServer } from '../testing/server.ts';
import { ask, closeSockets, connect } from '../testing/sockets.ts';

const operator = person({ role: 'operator', companyId: 'c1' });
const place = { address: 'Somewhere 1', lat: 52.5, long: 13.4 };
const PARCELS = 20;

describe('a server that is killed while positions pour in', () => {
  let database: TestDatabase;
  let server: Spawned;
  const start = () => spawnServer({ database, env: { LOCATION_RATE_LIMIT: '100000' } });

  before(async () => {
    database = await createTestDatabase();
    server = await start();
  });
  after(async () => {
    closeSockets();
    await server.kill();
    await database.drop();
  });

  it('has every position that it acknowledged', async () => {
    const awbs: string[] = [];
    for (let n = 0; n < PARCELS; n += 1) {
      const { body } = await api(server.url)(operator, 'POST', '/api/tracking', { origin: place, destination: place });
      awbs.push(body.awb);
    }
    const socket = await connect(server.url, tokenFor(operator), { namespace: '/tracking' });
    const gone = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()));
    const acknowledged = new Map<string, number[]>(awbs.map((awb) => [awb, []]));
    let total = 0;
    let enough = () => {};
    const many = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const ride = async (awb: string) => {
      for (let n = 0; socket.connected; n += 1) {
        const location = { lat: 52.5 + n * 0.00001, long: 13.4, accuracy: 5 };
        const answer = await Promise.race([
          ask(socket, 'report-location', { awb, location }).catch(() => ({ success: false })),
          gone.then(() => ({ success: false })),
        ]);
        if (!answer.success) return;
        acknowledged.get(awb)!.push(location.lat);
        total += 1;
        if (total === 500) enough();
      }
    };
    const riding = Promise.all(awbs.map(ride));
    await many;
    await server.kill('SIGKILL');
    await riding;
    server = await start();
    for (const awb of awbs) {
      const { body } = await api(server.url)(operator, 'GET', `/api/tracking/${awb}/trail?limit=1000`);
      const stored = new Set(body.items.map((point: { lat: number }) => point.lat));
      for (const lat of acknowledged.get(awb)!) assert.ok(stored.has(lat), `${awb} lost ${lat}`);
    }
  });
});
