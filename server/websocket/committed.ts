import type { DurableEvent, ServerEvent } from '../contract/common.ts';

/** An event as the database holds it. A notice has neither stream nor version. */
export type Committed = {
  id: number;
  /** Transaction id as text (xid8): with `id` it orders events so that none is skipped. */
  xid: string;
  stream: string | null;
  version: number | null;
  namespace: string;
  rooms: string[];
  type: string;
  payload: Record<string, unknown>;
  at: Date;
  /** How this node learned of it, where not from the tail of the table. */
  way?: 'here' | 'hint';
};

export const COLUMNS = 'id, xid::text as xid, stream, version, namespace, rooms, type, payload, at';

/** The event as clients get it. */
export const toWire = (event: Committed): ServerEvent => ({
  type: event.type,
  timestamp: event.at.toISOString(),
  ...(event.version !== null && { version: event.version }),
  ...event.payload,
});

export const toDurable = (event: Committed): DurableEvent => toWire(event) as DurableEvent;
