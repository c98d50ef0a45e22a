import { config } from '../platform/config.ts';
import { SLOTS, startRounds } from './rounds.ts';
import type { LiveSocket } from './types.ts';

/**
 * Once an interval every socket hears which of its streams moved, so that one that lost something finds out. The
 * sockets are spread over its slots: ten thousand of them are a hundred small bursts, not one.
 */

const slots = Array.from({ length: SLOTS }, () => new Set<LiveSocket>());
let next = 0;

/** Heads that the database confirmed in the last interval: database name → version and when it was told. */
const moved = new Map<string, { version: number; tick: number }>();
let tick = 0;

export const headMoved = (stream: string, version: number): void => {
  const known = moved.get(stream);
  moved.delete(stream);
  moved.set(stream, { version: Math.max(version, known?.version ?? 0), tick });
};

export const addToHeartbeat = (socket: LiveSocket): void => {
  slots[next]!.add(socket);
  next = (next + 1) % SLOTS;
};

export const removeFromHeartbeat = (socket: LiveSocket): void => {
  for (const slot of slots) if (slot.delete(socket)) return;
};

const headsOf = (socket: LiveSocket): Record<string, number> => {
  const streams: Record<string, number> = {};
  if (moved.size === 0) return streams;
  for (const [name, stored] of socket.data.streams) {
    const head = moved.get(stored);
    if (head) streams[name] = head.version;
  }
  return streams;
};

const beat = (): void => {
  tick += 1;
  const timestamp = new Date().toISOString();
  for (const socket of slots[tick % SLOTS]!)
    socket.emit('heads', { type: 'heads', timestamp, streams: headsOf(socket) });
  // Every slot has had its turn since: everybody was told.
  for (const [stream, head] of moved) {
    if (head.tick > tick - SLOTS) break;
    moved.delete(stream);
  }
};

/** Starts the heartbeat; the returned function ends it. */
export const startHeartbeat = (): (() => void) => startRounds(config.WS_HEARTBEAT_INTERVAL, beat);
