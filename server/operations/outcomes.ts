import type { TracedConnection, TraceOutcome } from '../contract/operations.ts';
import { DID_NOT_READ } from '../websocket/backpressure.ts';
import type { NodeTrace } from '../websocket/traceSockets.ts';

/** How far one event came, from what every node remembers. The furthest of a person's connections counts. */

type Verdict = {
  outcome: TraceOutcome;
  why: string;
  node: string | null;
  dispatchedAt: string | null;
  way: 'here' | 'hint' | 'tail' | null;
};
type Event = { version: number; at: number };
type Connection = Omit<TracedConnection, 'node'>;

/** From far to near: the first that any connection reached is the answer. */
const ORDER: TraceOutcome[] = [
  'acknowledged',
  'caught_up',
  'sent',
  'not_read',
  'cut_off',
  'not_dispatched',
  'connection_lost',
  'not_subscribed',
  'forgotten',
  'not_connected',
];

const clock = (iso: string) => `${iso.slice(11, 23)} UTC`;
const nowhere = { node: null, dispatchedAt: null, way: null };

/** Whether the connection was in the stream's room at that moment. What is not remembered is as it was last seen. */
const followed = ({ follows, turns }: Connection, at: number): boolean => {
  if (follows === 'list') return true;
  const before = turns.findLast((turn) => Date.parse(turn.at) <= at);
  if (before) return before.version !== null;
  // The first that is remembered came later: before it was the opposite.
  return turns[0] ? turns[0].version === null : follows === 'stream';
};

/** When it got everything up to `version` in the answer to a join. */
const caughtUp = ({ turns }: Connection, version: number) =>
  turns.find((turn) => turn.version !== null && turn.version >= version);

const ofConnection = (
  connection: Connection,
  { version, at: committed }: Event,
  at: number | undefined,
): { outcome: TraceOutcome; why: string } => {
  const { acknowledged, endedAt, endedBecause, waitingBytes, slow } = connection;
  if (acknowledged !== null && acknowledged >= version)
    return { outcome: 'acknowledged', why: `Their client said that it has version ${acknowledged}.` };
  const caught = caughtUp(connection, version);
  if (caught)
    return {
      outcome: 'caught_up',
      why: `They joined at ${clock(caught.at)} and got everything up to version ${caught.version}.`,
    };
  const moment = at ?? committed;
  const ended = endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt);
  // A connection that came later would have caught up by joining.
  if (Date.parse(connection.connectedAt) > moment)
    return { outcome: 'not_subscribed', why: 'They are connected since, but have not joined the stream.' };
  if (ended < moment) {
    const lost = followed(connection, ended) && connection.follows !== 'no';
    if (!lost)
      return { outcome: 'not_connected', why: 'They were not connected, and did not follow the stream before.' };
    return endedBecause === DID_NOT_READ
      ? {
          outcome: 'cut_off',
          why: `Their connection was closed at ${clock(endedAt!)}: ${endedBecause}. They have not joined again.`,
        }
      : {
          outcome: 'connection_lost',
          why: `Their connection was lost at ${clock(endedAt!)} (${endedBecause}). They have not joined again.`,
        };
  }
  if (!followed(connection, moment))
    return { outcome: 'not_subscribed', why: 'They were connected, but did not follow the stream.' };
  if (at === undefined)
    return { outcome: 'not_dispatched', why: 'It is committed, but their node has not brought it to its sockets yet.' };
  if (endedBecause === DID_NOT_READ)
    return {
      outcome: 'cut_off',
      why: `It was handed to a connection that did not read and was closed at ${clock(endedAt!)}.`,
    };
  if (slow)
    return {
      outcome: 'not_read',
      why: `It was handed to their connection, which does not read: ${waitingBytes} bytes wait.`,
    };
  return { outcome: 'sent', why: 'It was handed to their connection. Their client has not said that it has it.' };
};

const journey = (event: Event, nodes: ReadonlyMap<string, NodeTrace | null>): Verdict => {
  const verdicts: Verdict[] = [];
  for (const [node, known] of nodes) {
    if (!known) {
      verdicts.push({ ...nowhere, outcome: 'forgotten', why: 'A node did not answer; it may know more.', node });
      continue;
    }
    const delivery = known.deliveries.find(({ version }) => version === event.version);
    const where = {
      node,
      dispatchedAt: delivery ? new Date(delivery.at).toISOString() : null,
      way: delivery?.way ?? null,
    };
    for (const connection of known.connections) {
      const verdict = ofConnection(connection, event, delivery?.at);
      // Not remembering a delivery is no proof that there was none.
      const unknown = verdict.outcome === 'not_dispatched' && event.at < known.since.deliveries;
      verdicts.push(
        unknown
          ? { ...where, outcome: 'forgotten', why: 'It is too long ago for their node to remember the delivery.' }
          : { ...where, ...verdict },
      );
    }
    if (known.connections.length === 0 && event.at < Math.max(known.since.endings, known.since.turns))
      verdicts.push({ ...where, outcome: 'forgotten', why: 'No node remembers whether they were connected then.' });
  }
  const [best] = verdicts.sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  return best ?? { ...nowhere, outcome: 'not_connected', why: 'They had no connection, on any node.' };
};

export const judge = {
  journey,
  noRight: (): Verdict => ({ ...nowhere, outcome: 'no_right', why: 'They may not read this stream.' }),
  redacted: (view: string): Verdict => ({
    ...nowhere,
    outcome: 'redacted',
    why: `They see the stream as “${view}”, and this event is no part of that.`,
  }),
};
