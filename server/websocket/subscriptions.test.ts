import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, record, settled } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
let server: TestServer;
let touch: typeof import('../testing/probe.ts').touch;

before(async () => {
  server = await startTestServer();
  const { probe, touch: touchProbe } = await import('../testing/probe.ts');
  touch = touchProbe;
  const { onClientEvent } = await import('./clientEvents.ts');
  const { subscribe } = await import('./subscriptions.ts');
  // As a domain's join does that reads something more, and finds the database gone.
  onClientEvent('/', 'probe:join_and_fail', z.object({ id: z.string() }), async (socket, { id }, reply) => {
    await subscribe(socket, probe, id, null, 'Probe', reply);
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  });
});
after(() => server.stop());

describe('a join that fails half way', () => {
  it('joins nothing', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    const answer = await ask<{ error: { code: string } }>(socket, 'probe:join_and_fail', { id: 'acme-half' });
    assert.equal(answer.error.code, 'UNAVAILABLE');
    const heard = record(socket);
    await touch('acme-half');
    await settled(socket);
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['pong'],
    );
    socket.disconnect();
  });

  it('holds back nothing from one who had joined before', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    await ask(socket, 'probe:join', { id: 'acme-again' });
    await ask(socket, 'probe:join_and_fail', { id: 'acme-again' });
    const heard = record(socket);
    await touch('acme-again');
    await settled(socket);
    assert.deepEqual(heard.filter(({ name }) => name === 'probe:touched').length, 1);
    socket.disconnect();
  });

  it('leaves no viewer behind when its socket went meanwhile', async () => {
    const call = api(server.url);
    const { id } = (await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-1' })).body;
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(server.url, tokenFor(ana))));
    // Gone before the answer, at ten different moments.
    for (const [index, socket] of sockets.entries()) {
      socket.emit('join:shipment', { shipmentId: id });
      setTimeout(() => socket.disconnect(), index);
    }
    const { default: manager } = await import('./socketManager.ts');
    while (manager.status().connections > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const witness = await connect(server.url, tokenFor(ana));
    await settled(witness);
    assert.deepEqual((await call(ana, 'GET', `/api/shipments/${id}/viewers`)).body.items, []);
    witness.disconnect();
  });
});

describe('clients that all come back at once', () => {
  it('are current again by a number of statements that does not grow with theirs', async () => {
    const CLIENTS = 200;
    const { id } = (await api(server.url)(ana, 'POST', '/api/shipments', { poNumber: 'PO-crowd' })).body;
    const crowd = Array.from({ length: CLIENTS }, () => person({ role: 'operator', companyId: 'acme' }));
    const sockets = await Promise.all(crowd.map((who) => connect(server.url, tokenFor(who))));
    const asked: string[] = [];
    const { query } = pg.Client.prototype;
    // biome-ignore lint/suspicious/noExplicitAny: every overload passes through
    pg.Client.prototype.query = function (this: pg.Client, ...given: any[]) {
      const text = String(given[0]?.text ?? given[0]);
      // Not what the server does by the clock.
      if (/from streams|from events|from shipments|into viewers/.test(text) && !/pg_snapshot/.test(text))
        asked.push(text);
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return (query as any).apply(this, given);
    } as typeof query;
    try {
      const answers = await Promise.all(
        sockets.map((socket, index) =>
          // Half of them saw nothing yet, the others come back with a version.
          ask<{ streams: Record<string, { version: number }> }>(socket, 'resume', {
            streams: { [`shipment:${id}`]: index % 2 === 0 ? null : 0 },
          }),
        ),
      );
      for (const { streams } of answers) assert.equal(streams[`shipment:${id}`]!.version, 0);
      assert.ok(
        asked.length < CLIENTS / 5,
        `${asked.length} statements: ${[...new Set(asked)].map((text) => `${asked.filter((one) => one === text).length} × ${text.slice(0, 60)}`)}`,
      );
      for (const socket of sockets) socket.disconnect();
    } finally {
      pg.Client.prototype.query = query;
    }
  });
});
