import type { TracedConnection } from '../contract/operations.ts';
import { bufferedBytes } from './backpressure.ts';
import { currentServer, SLOW_ROOM } from './delivery.ts';
import { rawConnections } from './rawConnection.ts';
import { roomsOf } from './rooms.ts';
import { acknowledgedBy, deliveries, endings, startedAt, turns } from './traces.ts';
import type { LiveSocket } from './types.ts';

/** What one node knows of one person's connections and of what happened lately in one stream. */

export type Question = {
  /** As the database calls it. */
  stream: string;
  namespace: string;
  userId: string;
  /** Every room in which one hears of these events. */
  rooms: string[];
  versions: [from: number, to: number];
};

export type NodeTrace = {
  startedAt: number;
  /** From when on deliveries, turns and endings are remembered. */
  since: { deliveries: number; turns: number; endings: number };
  deliveries: { version: number; at: number; way: 'here' | 'hint' | 'tail' }[];
  connections: Omit<TracedConnection, 'node'>[];
};

/** One person may have as many connections as they like over the hours; the last ones tell enough. */
const MAX_CONNECTIONS = 40;
const MAX_TURNS = 20;

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

const turnsOf = (socketId: string, { stream, userId }: Question) =>
  turns
    .find((turn) => turn.socketId === socketId && turn.stream === stream && turn.userId === userId)
    .slice(-MAX_TURNS)
    .map(({ at, version }) => ({ at: iso(at), version }));

/** Sockets of one person in one namespace, whatever door they came by. */
function* socketsOf({ namespace, userId }: Question): Generator<{ socket: LiveSocket; waitingBytes: number }> {
  for (const socket of (currentServer()?.of(namespace).sockets ?? new Map<string, LiveSocket>()).values())
    if (socket.data.user.id === userId)
      yield { socket, waitingBytes: bufferedBytes(socket.conn as unknown as Parameters<typeof bufferedBytes>[0]) };
  for (const raw of rawConnections)
    if (raw.connected && raw.nsp.name === namespace && raw.data.user.id === userId)
      yield { socket: raw.live, waitingBytes: raw.bufferedBytes };
}

const live = (question: Question): NodeTrace['connections'] =>
  [...socketsOf(question)].map(({ socket, waitingBytes }) => ({
    socketId: socket.id,
    transport: socket.conn.transport.name,
    connectedAt: iso(socket.data.connectedAt),
    endedAt: null,
    endedBecause: null,
    follows: [...socket.data.streams.values()].includes(question.stream)
      ? 'stream'
      : question.rooms.some((room) => socket.rooms.has(room))
        ? 'list'
        : 'no',
    turns: turnsOf(socket.id, question),
    acknowledged: acknowledgedBy(socket)?.get(question.stream) ?? null,
    waitingBytes,
    slow: socket.rooms.has(SLOW_ROOM),
  }));

const ended = (question: Question): NodeTrace['connections'] =>
  endings
    .find(({ user, namespace }) => user.id === question.userId && namespace === question.namespace)
    .slice(-MAX_CONNECTIONS)
    .map(({ socketId, at, user, namespace, connectedAt, because, streams, acknowledged }) => {
      const { named, internal } = roomsOf(user, namespace);
      return {
        socketId,
        transport: null,
        connectedAt: iso(connectedAt),
        endedAt: iso(at),
        endedBecause: because,
        follows: streams.has(question.stream)
          ? 'stream'
          : [...named, ...internal].some((room) => question.rooms.includes(room))
            ? 'list'
            : 'no',
        turns: turnsOf(socketId, question),
        acknowledged: acknowledged?.get(question.stream) ?? null,
        waitingBytes: 0,
        slow: false,
      };
    });

/** Looks through this node's memory and its sockets of now. */
export const traceHere = (question: Question): NodeTrace => {
  const [from, to] = question.versions;
  return {
    startedAt,
    since: { deliveries: deliveries.since(), turns: turns.since(), endings: endings.since() },
    deliveries: deliveries
      .find(({ stream, version }) => stream === question.stream && version >= from && version <= to)
      .map(({ version, at, way }) => ({ version, at, way })),
    connections: [...ended(question), ...live(question).slice(0, MAX_CONNECTIONS)],
  };
};
