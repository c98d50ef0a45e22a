import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import { Since } from '../contract/common.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { publish } from '../websocket/publish.ts';
import { registerStream, type StreamKind } from '../websocket/streams.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';

/**
 * The smallest domain there can be, to test what all domains stand on: `probe:{company}-{anything}` belongs to that
 * company, and its whole state is its version.
 */
const belongsTo = (user: User, id: string) => id.split('-')[0] === user.companyId;

export const probe: StreamKind = registerStream({
  prefix: 'probe',
  namespace: '/',
  room: (id) => `probe:${id}`,
  audience: async (id) => [`probe:${id}`],
  authorize: async (user, ids) => new Map(ids.filter((id) => belongsTo(user, id)).map((id) => [id, 'full'])),
  snapshots: async (_user, ids) => new Map(ids.map((id) => [id, { id }])),
});

onClientEvent(
  '/',
  'probe:join',
  z.object({ id: z.string(), since: Since.nullish() }),
  async (socket, input, reply) => ({
    id: input.id,
    ...(await subscribe(socket, probe, input.id, input.since, 'Probe', reply)),
  }),
);
onClientEvent('/', 'probe:leave', z.object({ id: z.string() }), (socket, { id }) => {
  unsubscribe(socket, probe, id);
  return { id };
});

/** Publishes the next event of a probe, to its room and to `wider` rooms. */
export const touch = (id: string, fields: Record<string, unknown> = {}, wider: string[] = []) =>
  publish({
    stream: `probe:${id}`,
    rooms: [`probe:${id}`, ...wider],
    type: 'probe:touched',
    payload: { id, ...fields },
  });
