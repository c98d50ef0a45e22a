import type { z } from 'zod';
import { config } from '../platform/config.ts';
import { type AppError, badRequest, rateLimited, toAckError, toAppError } from '../platform/errors.ts';
import { log } from '../platform/log.ts';
import { rateLimitedMessages } from '../platform/metrics.ts';
import type { LiveSocket } from './types.ts';

/**
 * What clients may send. A domain registers its events; limits, validation, acks and errors are the same for all and
 * stand here once, so a handler is only the happy path.
 */

export type Reply = {
  /**
   * Runs right after the ack was sent, before anything else can be. `succeeded` is false when the event failed after
   * all: what was prepared has to be undone then.
   */
  afterAck: (work: (succeeded: boolean) => void) => void;
};
type Handler<Input> = (socket: LiveSocket, input: Input, reply: Reply) => object | Promise<object>;
type Registered = { schema: z.ZodType; handle: Handler<unknown>; limit: Limit };
/** Positions come by the second and count by themselves: LOCATION_RATE_LIMIT instead of WS_RATE_LIMIT. */
type Limit = 'message' | 'location';

const registered = new Map<string, Map<string, Registered>>();

/**
 * Registers `event` of `namespace` (`'*'`: every namespace). What the handler answers becomes the ack, with
 * `success: true`. `limit` says against which of a connection's limits it counts.
 */
export const onClientEvent = <Schema extends z.ZodType>(
  namespace: string,
  event: string,
  schema: Schema,
  handle: Handler<z.infer<Schema>>,
  limit: Limit = 'message',
): void => {
  const events = registered.get(namespace) ?? new Map<string, Registered>();
  events.set(event, { schema, handle: handle as Handler<unknown>, limit });
  registered.set(namespace, events);
};

/** Names of the registered events by namespace, for the documents. */
export const clientEventNames = () =>
  [...registered].map(([namespace, events]) => ({ namespace, events: [...events.keys()] }));

/** What a registered event's payload must look like. */
export const clientEventSchema = (namespace: string, event: string): z.ZodType | undefined =>
  registered.get(namespace)?.get(event)?.schema;

const find = (namespace: string, event: string) =>
  registered.get(namespace)?.get(event) ?? registered.get('*')?.get(event);

/** Counts a message of this connection; throws RATE_LIMITED above its limit a minute. */
const countMessage = (socket: LiveSocket, limit: Limit) => {
  const now = Date.now();
  const { data } = socket;
  if (now - data.windowStart >= 60_000) {
    data.windowStart = now;
    data.messages = 0;
    data.reports = 0;
  }
  const isReport = limit === 'location';
  const count = isReport ? ++data.reports : ++data.messages;
  const allowed = isReport ? config.LOCATION_RATE_LIMIT : config.WS_RATE_LIMIT;
  if (count <= allowed) return;
  rateLimitedMessages.inc({ limit: isReport ? 'location' : 'socket' });
  // One that goes on regardless costs work for every refusal: it has to reconnect, against the handshake limits.
  if (count > allowed * 10) socket.disconnect(true);
  throw rateLimited(data.windowStart + 60_000 - now);
};

const run = async (socket: LiveSocket, event: string, parameters: unknown[], reply: Reply): Promise<object> => {
  const found = find(socket.nsp.name, event);
  countMessage(socket, found?.limit ?? 'message');
  if (!found) throw badRequest('This namespace knows no such event');
  return found.handle(socket, found.schema.parse(parameters[0] ?? undefined), reply);
};

const fail = (socket: LiveSocket, event: string, thrown: unknown): AppError => {
  const error = toAppError(thrown);
  if (error.code === 'INTERNAL') log.error({ err: error.cause ?? error, event }, 'a socket event failed unexpectedly');
  socket.emit('error', { type: 'error', timestamp: new Date().toISOString(), event, ...toAckError(error) });
  return error;
};

/**
 * Takes one client event. `this` is the socket: registered with `onAny`, which calls it so, one function serves
 * every socket. Never throws or rejects.
 */
export async function handleClientEvent(this: LiveSocket, name: unknown, ...parameters: unknown[]): Promise<void> {
  // A client may send any JSON as the event's name, of any length.
  const event = String(name).slice(0, 100);
  const last = parameters.at(-1);
  const ack = typeof last === 'function' ? (parameters.pop() as (answer: object) => void) : undefined;
  const after: ((succeeded: boolean) => void)[] = [];
  const finish = (succeeded: boolean) => {
    for (const work of after.splice(0)) work(succeeded);
  };
  try {
    const fields = await run(this, event, parameters, { afterAck: (work) => after.push(work) });
    ack?.({ success: true, ...fields });
    finish(true);
  } catch (thrown) {
    const error = fail(this, event, thrown);
    ack?.({ success: false, error: toAckError(error) });
    finish(false);
  }
}
