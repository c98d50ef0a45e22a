import type { DurableEvent, Subscribed } from '../../../server/contract/common.ts';

/**
 * Where a client stands in one stream, as pure functions: which events may be applied now, which came too early, and
 * whether something is missing.
 */

export type Position = {
  /** Of the last event applied; null before the first snapshot. */
  readonly version: number | null;
  /** What came before its turn, by version. */
  readonly ahead: readonly DurableEvent[];
};

export type Step = {
  position: Position;
  /** To be applied now, in order; each event of a stream comes out once. */
  applied: readonly DurableEvent[];
  /** Take this state first: it stands for everything up to its version. */
  snapshot?: { value: unknown; version: number };
  /** Something before what came too early is missing: ask for it. */
  gap: boolean;
};

export const START: Position = { version: null, ahead: [] };

/** So many early events are kept; beyond that the newest are dropped, and the repair brings them. */
const MAX_AHEAD = 1_000;

const insert = (ahead: readonly DurableEvent[], event: DurableEvent): readonly DurableEvent[] => {
  const after = ahead.findIndex(({ version }) => version >= event.version);
  if (after >= 0 && ahead[after]!.version === event.version) return ahead;
  const next = after < 0 ? [...ahead, event] : ahead.toSpliced(after, 0, event);
  return next.length > MAX_AHEAD ? next.slice(0, MAX_AHEAD) : next;
};

/** What of `ahead` follows `version` without a hole, and what still waits. */
const drain = (version: number, ahead: readonly DurableEvent[]) => {
  const rest = ahead.filter((event) => event.version > version);
  let count = 0;
  while (count < rest.length && rest[count]!.version === version + count + 1) count += 1;
  return { version: version + count, applied: rest.slice(0, count), ahead: rest.slice(count) };
};

/** One event arrived. What the client has already is dropped. */
export const takeEvent = (position: Position, event: DurableEvent): Step => {
  const { version } = position;
  if (version !== null && event.version <= version) return { position, applied: [], gap: position.ahead.length > 0 };
  if (version !== null && event.version === version + 1) {
    const next = drain(event.version, position.ahead);
    return {
      position: { version: next.version, ahead: next.ahead },
      applied: [event, ...next.applied],
      gap: next.ahead.length > 0,
    };
  }
  // Before the first snapshot everything waits for it, and nothing is missing yet.
  return { position: { version, ahead: insert(position.ahead, event) }, applied: [], gap: version !== null };
};

/**
 * The server answered a subscribe call or a `resume` that was sent with `since`. Its word counts: versions that it
 * leaves out of `missed` are not for this reader's eyes, so they are no gap.
 */
export const takeAnswer = (position: Position, since: number | null, answer: Subscribed): Step => {
  const own = position.version;
  if (answer.missed && own !== null) {
    const missed = answer.missed.filter(({ version }) => version > own);
    const next = drain(Math.max(own, answer.version), position.ahead);
    return {
      position: { version: next.version, ahead: next.ahead },
      applied: [...missed, ...next.applied],
      gap: next.ahead.length > 0,
    };
  }
  // Asked for without a version by a position that has one: somebody else's snapshot. It only tells where the head is.
  if (own !== null && since === null) return { position, applied: [], gap: isBehind(position, answer.version) };
  // Events may have overtaken the answer. A `since` beyond the head means another history, such as a restored backup.
  const outdated = own !== null && answer.version < own && since !== null && since <= answer.version;
  if (outdated) return { position, applied: [], gap: position.ahead.length > 0 };
  const next = drain(answer.version, position.ahead);
  return {
    position: { version: next.version, ahead: next.ahead },
    applied: next.applied,
    snapshot: { value: answer.snapshot, version: answer.version },
    gap: next.ahead.length > 0,
  };
};

/** Whether the server's head names something this client has not got. */
export const isBehind = (position: Position, head: number): boolean =>
  position.version !== null && head > position.version;
