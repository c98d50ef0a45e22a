import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { closeRaw, openRaw } from '../testing/rawSockets.ts';
import { type Spawned, spawnServer } from '../testing/server.ts';
import { needs, serviceUrl } from '../testing/services.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const carl = person({ role: 'customer' });

const databases: TestDatabase[] = [];
const nodes: Spawned[] = [];
after(async () => {
  closeRaw();
  for (const node of nodes) await node.kill();
  for (const database of databases) await database.drop();
});

for (const [title, services, redis] of [
  ['two nodes with Redis', ['postgres', 'redis'], serviceUrl('redis')],
  ['two nodes without Redis', ['postgres'], ''],
] as const)
  describe(title, needs(...services), () => {
    it('show one truth: positions, areas and changes of one are seen on the other, and after a restart', async () => {
      const database = await createTestDatabase();
      databases.push(database);
      const env = { REDIS_URL: redis, REDIS_PREFIX: `${databases.length}-${process.pid}:` };
      const [one, other] = [await spawnServer({ database, env }), await spawnServer({ database, env })];
      nodes.push(one, other);
      const [here, there] = [api(one.url), api(other.url)];
      const { id } = (await here(vera, 'POST', '/api/vendors', { name: 'Cart' })).body;
      const door = await openRaw(other.url, '/ws/location', tokenFor(carl));
      door.send('subscribe_location', { vendorId: id });
      assert.equal((await door.next('subscribed')).data.location, null);
      const map = await openRaw(other.url, '/ws/location', tokenFor(carl));
      map.send('subscribe_area', { bounds: { north: 2, south: 0, east: 2, west: 0 } });
      assert.deepEqual((await map.next('area')).data.vendors, []);
      await here(vera, 'PUT', `/api/vendors/${id}/location`, { lat: 1, long: 1 });
      assert.deepEqual((await door.next('location_updated')).data.location, { lat: 1, long: 1 });
      assert.equal((await map.next('location_updated')).data.vendor.name, 'Cart');
      assert.deepEqual((await there(carl, 'GET', `/api/vendors/${id}`)).body.location, { lat: 1, long: 1 });
      await here(vera, 'PATCH', `/api/vendors/${id}`, { isOpen: true });
      assert.equal((await map.next('location_updated', ({ data }) => data.vendor?.isOpen)).data.vendorId, id);
      const vendor = await openRaw(one.url, '/ws/location', tokenFor(vera));
      vendor.send('update_location', { vendorId: id, location: { lat: 50, long: 50 } });
      assert.equal((await map.next('location_updated', ({ data }) => data.left)).data.vendorId, id);
      await one.kill('SIGTERM');
      const again = await spawnServer({ database, env });
      nodes.push(again);
      assert.deepEqual((await api(again.url)(carl, 'GET', `/api/vendors/${id}`)).body.location, { lat: 50, long: 50 });
      const trail = await api(again.url)(vera, 'GET', `/api/vendors/${id}/trail`);
      assert.equal(trail.body.items.flatMap(({ points }: { points: object[] }) => points).length, 2);
    });
  });
