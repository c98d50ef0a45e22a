import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { WebSocket } from 'ws';
import { createTestDatabase, type TestDatabase } from '../../../server/testing/database.ts';
import { api } from '../../../server/testing/http.ts';
import { person, tokenFor } from '../../../server/testing/people.ts';
import { freePort, type Spawned, spawnServer } from '../../../server/testing/server.ts';
import { openRaw, type RawClient, type RawEvents, type RawOptions } from './index.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const carl = person({ role: 'customer' });

let database: TestDatabase;
let server: Spawned;
let port: number;
let call: ReturnType<typeof api>;
const opened = new Set<RawClient>();

before(async () => {
  database = await createTestDatabase();
  port = await freePort();
  server = await spawnServer({ database, port });
  call = api(server.url);
});
after(async () => {
  for (const client of opened) client.close();
  await server.kill();
  await database.drop();
});

const open = (door: 'location' | 'vendor', who = carl, token: RawOptions['token'] = tokenFor(who)) => {
  const client = openRaw(`${server.url.replace('http', 'ws')}/ws/${door}`, {
    token,
    WebSocket: WebSocket as unknown as NonNullable<RawOptions['WebSocket']>,
  });
  opened.add(client);
  return client;
};
const next = <Name extends keyof RawEvents>(
  client: RawClient,
  name: Name,
  matches: (event: RawEvents[Name]) => boolean = () => true,
) =>
  new Promise<RawEvents[Name]>((resolve) => {
    const stop = client.on(name, (event) => {
      if (!matches(event)) return;
      stop();
      resolve(event);
    });
  });
const create = async () => (await call(vera, 'POST', '/api/vendors', { name: 'Cart' })).body.id as string;
const rename = (id: string, name: string) => call(vera, 'PATCH', `/api/vendors/${id}`, { name });

describe('waybeat/raw', () => {
  it('follows before it is connected, and hears positions that the vendor’s own client sends', async () => {
    const id = await create();
    const [viewer, vendor] = [open('location'), open('location', vera)];
    assert.deepEqual((await viewer.followLocation(id)).location, null);
    const heard = next(viewer, 'location_updated');
    vendor.updateLocation(id, { lat: 1, long: 2 });
    assert.deepEqual((await heard).location, { lat: 1, long: 2 });
    const area = await viewer.followArea({ north: 2, south: 0, east: 3, west: 1 });
    assert.deepEqual(
      area.vendors.map((one) => one.id),
      [id],
    );
  });

  it('rejects what the server refuses', async () => {
    await assert.rejects(open('location').followLocation('nothing'), { code: 'NOT_FOUND' });
  });

  it('stops for good when its one token is refused, and asks for another where it can', async () => {
    const refused = open('location', carl, 'nonsense');
    await next(refused, 'status', (status) => status === 'closed');
    let asked = 0;
    const client = open('location', carl, () => {
      asked += 1;
      return asked === 1 ? 'nonsense' : tokenFor(carl);
    });
    await next(client, 'status', (status) => status === 'online');
    assert.equal(asked, 2);
  });

  it('comes back by itself after the server was killed, and hands on each change once and in order', async () => {
    const id = await create();
    const client = open('vendor');
    const versions: number[] = [];
    client.on('vendor_updated', ({ version }) => versions.push(version));
    await client.followVendor(id);
    await rename(id, 'One');
    const gone = next(client, 'status', (status) => status === 'offline');
    await server.kill();
    await gone;
    server = await spawnServer({ database, port });
    const last = next(client, 'vendor_updated', ({ version }) => version === 4);
    for (const name of ['Two', 'Three', 'Four']) await rename(id, name);
    await last;
    assert.deepEqual(versions, [1, 2, 3, 4]);
  });

  it('weighs less than 3 kB, compressed', async () => {
    const result = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        minify: true,
        lib: { entry: new URL('./index.ts', import.meta.url).pathname, formats: ['es'] },
      },
    });
    const [bundle] = [result].flat() as { output: { code: string }[] }[];
    const bytes = gzipSync(bundle!.output[0]!.code).length;
    assert.ok(bytes < 3_000, `${bytes} bytes`);
    assert.ok(bytes > 500, 'it was built at all');
  });
});
