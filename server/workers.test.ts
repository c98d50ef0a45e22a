import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { api } from './testing/http.ts';
import { person, tokenFor } from './testing/people.ts';
import { type Spawned, spawnServer } from './testing/server.ts';
import { needs } from './testing/services.ts';
import { closeSockets, connect, nextEvent, settled } from './testing/sockets.ts';

/** Several workers behind one port are one server to whoever calls it. */

const ana = person({ role: 'operator', companyId: 'acme' });
const token = tokenFor(ana);

describe('several workers', needs('postgres'), () => {
  let database: TestDatabase;
  let server: Spawned;
  before(async () => {
    database = await createTestDatabase();
    server = await spawnServer({ database, env: { WEB_CONCURRENCY: '2' } });
  });
  after(async () => {
    closeSockets();
    await server.kill('SIGTERM');
    await database.drop();
  });

  const create = async (poNumber: string): Promise<{ id: string }> => {
    const { status, body } = await api(server.url)(ana, 'POST', '/api/shipments', { poNumber });
    assert.equal(status, 201);
    return body;
  };

  it('hear of each change at once, whichever of them wrote it, on either transport', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        connect(server.url, token, {
          transports: [['websocket'], ['polling']][index % 2] as ['websocket' | 'polling'],
        }),
      ),
    );
    const heard = Promise.all(
      sockets.map((socket) => nextEvent<{ shipment: { poNumber: string } }>(socket, 'shipment:created')),
    );
    await create('PO-workers');
    for (const { shipment } of await heard) assert.equal(shipment.poNumber, 'PO-workers');
    for (const socket of sockets) socket.disconnect();
  });

  it('take a large binary body whole', async () => {
    const { id } = await create('PO-binary');
    const bytes = Buffer.alloc(400_000, 0xfe);
    bytes.write('%PDF-1.4\n');
    const form = new FormData();
    form.set('documentType', 'invoice');
    form.set('file', new Blob([bytes]), 'invoice.pdf');
    const url = `${server.url}/api/shipments/${id}/documents`;
    const headers = { authorization: `Bearer ${token}` };
    const uploaded = await fetch(url, { method: 'POST', body: form, headers });
    assert.equal(uploaded.status, 201);
    const { id: documentId } = (await uploaded.json()) as { id: string };
    const stored = await fetch(`${url}/${documentId}`, { headers });
    assert.ok(Buffer.from(await stored.arrayBuffer()).equals(bytes));
  });

  it('are replaced one after the other without a client missing anything', async () => {
    const { id } = await create('PO-rolling');
    const socket = await connect(server.url, token, {
      reconnection: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
    });
    const versions: number[] = [];
    const take = ({ version }: { version: number }) => {
      if (version > (versions.at(-1) ?? 0)) versions.push(version);
    };
    // The company hears of its shipments from the moment it is connected: what comes before the answer waits for it.
    let early: { version: number }[] | null = [];
    const live = (event: { version: number }) => (early ? early.push(event) : take(event));
    socket.on('shipment:updated', live);
    socket.on('inspection:updated', live);
    // The answer is taken in its callback: events that came with it are handled before a promise would resolve.
    const rejoin = (on: Socket): Promise<void> =>
      new Promise((resolve) => {
        early = [];
        const asked = { shipmentId: id, since: versions.at(-1) ?? 0 };
        on.emit('join:shipment', asked, ({ missed = [] }: { missed?: { version: number }[] }) => {
          for (const event of [...missed, ...(early ?? [])]) take(event);
          early = null;
          resolve();
        });
      });
    await rejoin(socket);
    let reconnects = 0;
    socket.on('connected', () => {
      reconnects += 1;
      void rejoin(socket);
    });
    const body = { status: 'in_progress' };
    const change = async () => {
      // A worker that is going may refuse: whoever is refused tries again.
      for (;;) {
        const answer = await api(server.url)(ana, 'PATCH', `/api/shipments/${id}/inspection`, body).catch(() => null);
        if (answer?.status === 200) return;
      }
    };
    server.process.kill('SIGHUP');
    while (reconnects === 0) await change();
    for (let more = 0; more < 10; more += 1) await change();
    const { body: history } = await api(server.url)(ana, 'GET', `/api/shipments/${id}/events?limit=200`);
    const head = (history.items as { version: number }[]).length;
    while ((versions.at(-1) ?? 0) < Math.min(head, 200)) await settled(socket);
    assert.deepEqual(
      versions.slice(0, head),
      Array.from({ length: head }, (_, index) => index + 1),
    );
    socket.disconnect();
  });

  it('end with SIGTERM, all of them, with 0', async () => {
    const exit = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
  });
});
