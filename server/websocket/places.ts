import type { User } from '../contract/auth.ts';
import { config } from '../platform/config.ts';
import { unavailable } from '../platform/errors.ts';

/**
 * How many connections this node holds, whatever door they came by, and how many of them are one user's. Those that a user
 * has on other nodes count too, as they were a second ago.
 */

const counters: (() => number)[] = [];
/** A door tells how many connections it holds; several count against one WS_MAX_CONNECTIONS. */
export const countedBy = (counter: () => number): (() => void) => {
  counters.push(counter);
  return () => counters.splice(counters.indexOf(counter), 1);
};

/** Connections of all doors, those that are still being let in among them. */
export const connectionCount = (): number => counters.reduce((sum, counter) => sum + counter(), 0);

/** Throws UNAVAILABLE when there are more connections than WS_MAX_CONNECTIONS, the caller's among them. */
export const requireRoom = (): void => {
  if (connectionCount() > config.WS_MAX_CONNECTIONS) throw unavailable('Server is full');
};

/** Users with many connections elsewhere, and how many. */
let elsewhere: ReadonlyMap<string, number> = new Map();
export const setPlacesElsewhere = (counts: ReadonlyMap<string, number>): void => {
  elsewhere = counts;
};

type Connection = { on: (event: 'close', listener: (this: Connection) => void) => unknown };
/** How many connections each user has here, and whose each connection is. */
const byUser = new Map<string, number>();
const ownerOf = new WeakMap<Connection, string>();

/** How many connections a user has here, 1 where they are not counted. */
export const placesOf = (userId: string): number => byUser.get(userId) ?? 1;

/** Called by the connection, which ends even when its socket never came to be; one function serves all of them. */
function giveBack(this: Connection): void {
  const owner = ownerOf.get(this);
  if (owner === undefined || !ownerOf.delete(this)) return;
  const left = byUser.get(owner)! - 1;
  if (left > 0) byUser.set(owner, left);
  else byUser.delete(owner);
}

/** Takes a user's place for a connection; one that carries several namespaces takes one. Throws UNAVAILABLE. */
export const takePlace = (user: User, connection: Connection): void => {
  requireRoom();
  // Guests share one name, and a link is there to be shared.
  if (user.role === 'guest') return;
  if (ownerOf.has(connection)) return;
  const mine = byUser.get(user.id) ?? 0;
  if (mine + (elsewhere.get(user.id) ?? 0) >= config.WS_MAX_CONNECTIONS_PER_USER) throw unavailable('Server is full');
  byUser.set(user.id, mine + 1);
  ownerOf.set(connection, user.id);
  connection.on('close', giveBack);
};
