import { z } from 'zod';
import { Id, Role, Time } from './common.ts';

/** What the engineer who runs it asks about one stream and one person. */

export const TraceQuery = z.object({
  stream: z
    .string()
    .trim()
    .min(1)
    .max(250)
    .describe('a stream, such as `shipment:42`, `tracking:FX12345678`, `order:7` or `notifications`'),
  user: Id.describe('id or username'),
  version: z.coerce.number().int().min(1).optional().describe('the last event of interest; absent: the newest'),
});
export type TraceQuery = z.infer<typeof TraceQuery>;

/** How far an event came, from screen to nowhere. */
export const TRACE_OUTCOMES = {
  acknowledged: 'the client said that it has it',
  caught_up: 'the client got it when it joined or came back',
  sent: 'handed to a connection that reads',
  not_read: 'handed to a connection that does not read what waits for it (backpressure)',
  cut_off: 'the connection was closed because it did not read (backpressure)',
  connection_lost: 'the connection had ended before',
  not_subscribed: 'connected, but not following the stream',
  not_connected: 'no connection at that time',
  not_dispatched: 'committed, but the node has not brought it to its sockets',
  redacted: 'not a part of what this person may see of the stream',
  no_right: 'this person may not read the stream',
  forgotten: 'too long ago for anybody to remember, or a node did not answer',
} as const;
const TraceOutcome = z.enum(Object.keys(TRACE_OUTCOMES) as [keyof typeof TRACE_OUTCOMES]);
export type TraceOutcome = z.infer<typeof TraceOutcome>;

const TracedEvent = z.object({
  version: z.int().positive(),
  type: z.string(),
  committedAt: Time,
  outcome: TraceOutcome,
  why: z.string().describe('the same as a sentence'),
  node: z.string().nullable().describe('where the outcome was decided'),
  dispatchedAt: Time.nullable().describe('when that node handed it to its sockets'),
  withheld: z.array(z.string()).describe('fields that this person does not get of it'),
  way: z
    .enum(['here', 'hint', 'tail'])
    .nullable()
    .describe('how that node learned of it: it wrote it, was told, read it'),
});

const TracedConnection = z.object({
  node: z.string(),
  socketId: z.string(),
  transport: z.string().nullable().describe('null: it has ended'),
  connectedAt: Time,
  endedAt: Time.nullable(),
  endedBecause: z.string().nullable(),
  follows: z.enum(['stream', 'list', 'no']).describe('`list`: hears of it by role, without having joined the stream'),
  turns: z
    .array(z.object({ at: Time, version: z.int().nullable() }))
    .describe('when it joined the stream and with which version, and when it left (null)'),
  acknowledged: z.int().nullable().describe('the version of this stream that the client last said it has'),
  waitingBytes: z.int().describe('what the client has not read yet'),
  slow: z.boolean().describe('so much that ephemeral events are dropped'),
});
export type TracedConnection = z.infer<typeof TracedConnection>;

const TracedNode = z.object({
  node: z.string(),
  startedAt: Time.nullable(),
  remembersSince: Time.nullable(),
  answered: z.boolean(),
});

export const Trace = z.object({
  stream: z.string(),
  user: z.object({ id: z.string(), username: z.string(), role: Role }),
  view: z.string().nullable().describe('what of the stream this person may see: `full` or less; null: nothing'),
  version: z.int().describe('of the stream now'),
  events: z.array(TracedEvent).describe('newest first, at most 20'),
  connections: z
    .array(TracedConnection)
    .describe('of this person in the namespace of the stream, as far as remembered'),
  nodes: z.array(TracedNode),
});
export type Trace = z.infer<typeof Trace>;
