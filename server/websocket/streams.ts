import type { User } from '../contract/auth.ts';
import type { DurableEvent } from '../contract/common.ts';

/**
 * The kinds of stream there are. A domain registers its kind with the few things only it knows; history, resuming,
 * ordering and delivery are the same for all.
 */
export type StreamKind = {
  /** What stands before the colon on the wire, such as `shipment`. */
  prefix: string;
  namespace: string;
  /** The stream's name in the database; by default the name on the wire. `product:P1` differs per company, for one. */
  nameFor?: (id: string, user: User) => string;
  /** The room of those who see `view` of the thing. */
  room: (id: string, view: string, user?: User) => string;
  /** Further rooms of who sees `view`, where one is not enough: each of several shops, for one. */
  moreRooms?: (id: string, view: string, user: User) => string[];
  /** Whether those who follow it see each other. */
  presence?: boolean;
  /** Which of these the user may read, and in which view (`full` unless there are several). Absent: not found. */
  authorize: (user: User, ids: string[]) => Promise<Map<string, string>>;
  /**
   * The same for one id where somebody else asks what the user may read: counts against no limit of theirs. Absent:
   * `authorize` counts nothing.
   */
  viewFor?: (user: User, id: string) => Promise<string | undefined>;
  /** Where everybody may read it: the company it belongs to, for those who run only their own company's. */
  companyOf?: (id: string) => Promise<string | undefined>;
  /** What the thing's GET answers, for each id that exists. */
  snapshots: (user: User, ids: string[], views: Map<string, string>) => Promise<Map<string, unknown>>;
  /** Every room that hears of this thing; null when it does not exist. */
  audience: (id: string) => Promise<string[] | null>;
  /**
   * The views besides `full`. Whoever publishes names the rooms of those who see all; what each of these views may see is
   * sent to its own room by itself.
   */
  views?: readonly string[];
  /** The event as `view` may see it; null hides it. Without this everybody sees the same. */
  redact?: (event: DurableEvent, view: string) => DurableEvent | null;
};

const kinds = new Map<string, StreamKind>();

export const registerStream = (kind: StreamKind): StreamKind => {
  kinds.set(kind.prefix, kind);
  return kind;
};

/** The kind of the stream that the database calls `stored`. */
export const kindOf = (stored: string): StreamKind | undefined => {
  const colon = stored.indexOf(':');
  return kinds.get(colon < 0 ? stored : stored.slice(0, colon));
};

/** Splits a stream's name on the wire; undefined when no such kind exists in this namespace. */
export const parseStream = (name: string, namespace: string): { kind: StreamKind; id: string } | undefined => {
  const colon = name.indexOf(':');
  const kind = kinds.get(colon < 0 ? name : name.slice(0, colon));
  if (!kind || kind.namespace !== namespace) return undefined;
  return { kind, id: colon < 0 ? '' : name.slice(colon + 1) };
};

export const wireName = (kind: StreamKind, id: string) => (id ? `${kind.prefix}:${id}` : kind.prefix);
export const storedName = (kind: StreamKind, id: string, user: User) => kind.nameFor?.(id, user) ?? wireName(kind, id);
