import { setTimeout as wait } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Arena } from '../arena.ts';
import type { Fault } from '../fault.ts';
import { tokenOf } from '../node.ts';
import { startProxy, type TcpProxy } from '../proxy.ts';
import { createShipments, request, startWriter } from '../writers.ts';

/** What befalls clients, and what a client does. */

/** Of another company, so that what is written for it alone fills nobody else's connection. */
const GREEDY = { id: 'greedy', role: 'admin', companyId: 'greedy' };

/** However slow the machine, it has had to keep enough for one client by then. */
const CUT_MS = 180_000;

/** The way of the one client that is frozen. */
let way: TcpProxy;

export const clientFrozen: Fault = {
  name: 'client-frozen',
  title: 'one client of 200 stops reading while much is sent to it; the others must not notice',
  seconds: 1,
  arena: { clients: 199, pauseMs: 200 },
  limits: { localP99: 250, remoteMax: 2_000 },
  break: async (arena) => {
    const home = arena.nodes[0]!;
    way = await startProxy(() => home);
    const shipmentIds = await createShipments(home.url, 1, GREEDY);
    const frozen = arena.watch(`http://${way.host}:${way.port}`, { user: GREEDY, shipmentIds });
    while (frozen.seen().size === 0) await wait(50);
    way.freeze();
    const writers = Array.from({ length: 4 }, (_, n) =>
      startWriter({
        name: `greedy${n}`,
        url: home.url,
        shipmentIds,
        ledger: arena.ledger,
        pauseMs: 5,
        padding: 1_900,
        person: GREEDY,
      }),
    );
    const frozenAt = Date.now();
    // By what waits for it, or by the heartbeat that it does not answer: the system's own buffers take megabytes first.
    const isCut = async () => {
      const response = await request(home.url, 'GET', '/connected-users', undefined, GREEDY);
      const { data } = (await response.json()) as { data: { users: string[] } };
      return !data.users.includes(GREEDY.id);
    };
    while (!(await isCut()) && Date.now() - frozenAt < CUT_MS) await wait(200);
    const seconds = ((Date.now() - frozenAt) / 1_000).toFixed(0);
    if (Date.now() - frozenAt < CUT_MS) arena.note(`the client that did not read was disconnected after ${seconds} s`);
    else arena.blame('the client that did not read was never disconnected');
    return async () => {
      await Promise.all(writers.map(({ stop }) => stop()));
      way.open();
    };
  },
  prove: async () => way.close(),
};

export const everybodyDropped: Fault = {
  name: 'everybody-dropped',
  title: 'all of 2,000 clients dropped in one instant',
  seconds: 1,
  arena: { clients: 2_000, shipments: 1, pauseMs: 1_000 },
  break: async ({ nodes, note }) => {
    const dropped = nodes.map(({ door }) => door.cut()).reduce((sum, count) => sum + count, 0);
    note(`${dropped} connections were reset`);
    return async () => {};
  },
};

/** A user whose right is withdrawn hears nothing this long after, on any node. */
const SILENT_MS = 10_000;

const leave = async (arena: Arena): Promise<void> => {
  const heard: number[] = [];
  const sockets = await Promise.all(
    arena.nodes.map(async ({ url }) => {
      const socket = io(url, {
        auth: { token: tokenOf({ id: 'leaver', role: 'operator', companyId: 'acme' }) },
        transports: ['websocket'],
        reconnection: false,
      });
      socket.onAny((name: string) => name !== 'heads' && heard.push(Date.now()));
      for (const shipmentId of arena.shipmentIds) {
        const { success } = await socket.timeout(10_000).emitWithAck('join:shipment', { shipmentId });
        if (!success) arena.blame('a user with the right could not join');
      }
      return socket;
    }),
  );
  await arena.written(20);
  if (heard.length === 0) arena.blame('a user with the right heard nothing');
  await arena.database.read(`update users set active = false, changed_at = clock_timestamp() where id = 'leaver'`);
  const revokedAt = Date.now();
  while (sockets.some(({ connected }) => connected) && Date.now() - revokedAt < SILENT_MS + 2_000) await wait(50);
  await arena.written(20);
  const last = (Math.max(...heard) - revokedAt) / 1_000;
  arena.note(`a revoked user heard the last of it ${last.toFixed(1)} s after`);
  if (last * 1_000 > SILENT_MS) arena.blame('a revoked user heard more than 10 s after');
  for (const socket of sockets) {
    if (socket.connected) arena.blame('a revoked user is still connected');
    socket.disconnect();
  }
};

export const userRevoked: Fault = {
  name: 'user-revoked',
  title: 'a user deactivated who has connections on every node, while Redis is cut off',
  seconds: 1,
  break: async (arena) => {
    for (const { redis } of arena.nodes) redis?.shut();
    await leave(arena);
    return async () => {
      for (const { redis } of arena.nodes) redis?.open();
    };
  },
};
