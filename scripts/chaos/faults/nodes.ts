import { setTimeout as wait } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { pick, whole } from '../../demo/random.ts';
import type { Arena, ArenaNode } from '../arena.ts';
import type { Fault } from '../fault.ts';
import { tokenOf } from '../node.ts';
import { request } from '../writers.ts';

/** What befalls the process of a node. */

/** Presence must be right again this long after a node's `kill -9`. */
const PRESENCE_MS = 60_000;

/** A client that goes down with its node and does not come back, so that it is seen when the others notice. */
const haunt = async (arena: Arena, node: ArenaNode): Promise<Socket> => {
  const ghost = io(node.url, {
    auth: { token: tokenOf({ id: 'ghost', role: 'operator', companyId: 'acme' }) },
    transports: ['websocket'],
    reconnection: false,
  });
  await ghost.timeout(10_000).emitWithAck('join:shipment', { shipmentId: arena.shipmentIds[0] });
  const other = arena.nodes.find((one) => one !== node)!;
  // Online is written every second; then the other node must have heard of it.
  while (!(await arena.connectedAt(other)).includes('ghost')) await wait(100);
  return ghost;
};

const viewersAt = async (arena: Arena, node: ArenaNode): Promise<string[]> => {
  const response = await request(node.url, 'GET', `/api/shipments/${arena.shipmentIds[0]}/viewers`);
  const { items } = (await response.json()) as { items: { userId: string }[] };
  return items.map(({ userId }) => userId);
};

const proveExorcised = async (arena: Arena, observer: ArenaNode, killedAt: number): Promise<void> => {
  for (;;) {
    const told = [...(await arena.connectedAt(observer)), ...(await viewersAt(arena, observer))];
    const seconds = (Date.now() - killedAt) / 1_000;
    if (!told.includes('ghost'))
      return arena.note(`a client that died with its node was gone after ${seconds.toFixed(0)} s`);
    if (Date.now() - killedAt > PRESENCE_MS)
      return arena.blame(`a client that died with its node is still connected after ${seconds.toFixed(0)} s`);
    await wait(250);
  }
};

export const nodeKilled: Fault = {
  name: 'node-killed',
  title: 'kill -9 of one node of two, which starts again only later',
  seconds: 30,
  mixes: true,
  break: async (arena, random) => {
    const victim = pick(random, arena.nodes);
    await victim.kill('SIGKILL');
    return () => victim.start();
  },
};

export const presence: Fault = {
  name: 'presence',
  title: 'kill -9 of a node with a client on it that does not come back',
  seconds: 1,
  break: async (arena, random) => {
    const victim = pick(random, arena.nodes);
    const observer = arena.nodes.find((node) => node !== victim)!;
    const ghost = await haunt(arena, victim);
    const killedAt = Date.now();
    await victim.kill('SIGKILL');
    ghost.disconnect();
    await proveExorcised(arena, observer, killedAt);
    return () => victim.start();
  },
};

export const sigterm: Fault = {
  name: 'sigterm',
  title: 'SIGTERM to one node of two with 500 clients, as at every deploy',
  seconds: 1,
  arena: { clients: 500, pauseMs: 400 },
  break: async (arena, random) => {
    const victim = pick(random, arena.nodes);
    const told = Date.now();
    const code = await victim.kill('SIGTERM');
    arena.note(`the node was gone after ${((Date.now() - told) / 1_000).toFixed(1)} s`);
    if (code !== 0) arena.blame(`the node ended with ${code} after SIGTERM`);
    while (arena.watchers.some(({ status }) => status() !== 'live') && Date.now() - told < 60_000) await wait(50);
    arena.note(`everybody was live again after ${((Date.now() - told) / 1_000).toFixed(1)} s`);
    return () => victim.start();
  },
};

export const frozenNode: Fault = {
  name: 'node-frozen',
  title: 'SIGSTOP of one node of two, which wakes up and believes that no time has passed',
  seconds: 60,
  mixes: true,
  break: async (arena, random) => {
    const victim = pick(random, arena.nodes);
    victim.signal('SIGSTOP');
    return async () => victim.signal('SIGCONT');
  },
};

export const clock: Fault = {
  name: 'clock',
  title: 'the clock of one node ten minutes off',
  seconds: 20,
  break: async (arena, random) => {
    const victim = pick(random, arena.nodes);
    const direction = whole(random, 0, 1) === 0 ? 'behind' : 'ahead';
    await victim.kill('SIGTERM');
    await victim.start([`scripts/chaos/clock/${direction}.ts`]);
    arena.note(`${direction} by ten minutes`);
    return async () => {
      await victim.kill('SIGTERM');
      await victim.start();
    };
  },
};
