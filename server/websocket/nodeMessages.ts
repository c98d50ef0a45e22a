import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import type { Committed } from './committed.ts';
import { publishNotice } from './publish.ts';

/**
 * What nodes say to each other with certainty: a notice in a namespace that has no sockets. It comes by the same ways
 * as every other, so it also arrives while Redis is down or frozen.
 */

export const NODES = '#nodes';

type Listener = (message: Record<string, unknown>, id: number) => void;
const listeners = new Map<string, Set<Listener>>();

/** Tells all nodes, this one among them. */
export const tellNodes = (type: string, message: Record<string, unknown>): Promise<void> =>
  publishNotice({ namespace: NODES, rooms: [], type, payload: message });

/** Calls `listener` with messages of this type and their ids; the returned function ends that. */
export const onNodeMessage = (type: string, listener: Listener): (() => void) => {
  const others = listeners.get(type) ?? new Set();
  listeners.set(type, others.add(listener));
  return () => void others.delete(listener);
};

export const takeNodeMessage = ({ type, payload, id }: Committed): void => {
  for (const listener of listeners.get(type) ?? []) listener(payload, id);
};

/** Removes messages that have done their work. */
export const forgetNodeMessages = (ids: number[]): Promise<void> =>
  query('delete from events where id = any($1) and namespace = $2', [ids, NODES]).then(
    () => undefined,
    (error) => log.warn({ err: error }, 'messages between nodes stay until their age removes them'),
  );
