import type { User } from '../contract/auth.ts';
import { Resume, type Subscribed } from '../contract/common.ts';
import { config } from '../platform/config.ts';
import { AppError, notFound, toAckError, toAppError } from '../platform/errors.ts';
import { historyReplays, subscriptions } from '../platform/metrics.ts';
import { onClientEvent, type Reply } from './clientEvents.ts';
import { type Committed, toDurable } from './committed.ts';
import { deliverTo, hold, release } from './delivery.ts';
import { readMissed } from './history.ts';
import { enter, leave } from './presence.ts';
import { parseStream, type StreamKind, storedName, wireName } from './streams.ts';
import { noteTurn } from './traces.ts';
import type { LiveSocket } from './types.ts';

/**
 * Subscribing: keep back what arrives → permission → read head and missed events (or a snapshot) → ack → join the
 * room and send what was kept. The last two happen in one tick, so nothing falls between them.
 */

type Wanted = { kind: StreamKind; id: string; since: number | null };
type Outcome = Subscribed | AppError;

const tooMany = () =>
  new AppError(
    'RATE_LIMITED',
    `A connection may follow ${config.WS_MAX_SUBSCRIPTIONS} streams; unsubscribe from some first`,
  );

/** Streams that a socket is about to follow; many messages at once must not each see room for themselves. */
const joining = new WeakMap<LiveSocket, number>();

/** Reserves places for streams that are new to this socket; the answer gives them back. Throws RATE_LIMITED. */
const takePlaces = (socket: LiveSocket, names: string[]): (() => void) => {
  const added = names.filter((name) => !socket.data.streams.has(name)).length;
  const pending = joining.get(socket) ?? 0;
  if (socket.data.streams.size + pending + added > config.WS_MAX_SUBSCRIPTIONS) throw tooMany();
  joining.set(socket, pending + added);
  return () => {
    const left = (joining.get(socket) ?? 0) - added;
    if (left > 0) joining.set(socket, left);
    else joining.delete(socket);
  };
};

/** The event as this view may see it; null where it may not see it at all. */
const seen = (kind: StreamKind, view: string, event: Committed): Committed | null => {
  if (!kind.redact) return event;
  const redacted = kind.redact(toDurable(event), view);
  if (!redacted) return null;
  const { type, timestamp: _, version: __, ...payload } = redacted;
  return { ...event, type, payload };
};

const byKind = (wanted: Iterable<Wanted>) => {
  const groups = new Map<StreamKind, Wanted[]>();
  for (const one of wanted) {
    const group = groups.get(one.kind);
    if (group) group.push(one);
    else groups.set(one.kind, [one]);
  }
  return groups;
};

/** In which view the user may read each of these; absent where they may not. */
const viewsFor = async (user: User, wanted: Map<string, Wanted>): Promise<Map<string, string>> => {
  const views = new Map<string, string>();
  for (const [kind, group] of byKind(wanted.values()))
    for (const [id, view] of await kind.authorize(
      user,
      group.map(({ id }) => id),
    ))
      views.set(wireName(kind, id), view);
  return views;
};

/** What happened in these streams, by their names in the database. */
const readPast = (wanted: [name: string, one: Wanted][], stored: Map<string, string>): ReturnType<typeof readMissed> =>
  wanted.length > 0
    ? readMissed(new Map(wanted.map(([name, { since }]) => [stored.get(name)!, since])))
    : Promise.resolve({ heads: new Map(), missed: new Map() });

/** Subscribes a socket to many streams with a number of statements that does not grow with theirs. */
const subscribeAll = async (
  socket: LiveSocket,
  wanted: Map<string, Wanted>,
  reply: Reply,
): Promise<Map<string, Outcome>> => {
  const { user } = socket.data;
  const giveBack = takePlaces(socket, [...wanted.keys()]);
  reply.afterAck(giveBack);
  const outcomes = new Map<string, Outcome>();
  const stored = new Map([...wanted].map(([name, { kind, id }]) => [name, storedName(kind, id, user)]));
  const held = new Map([...wanted.keys()].map((name) => [name, hold(stored.get(name)!, socket)]));
  /** Whether the socket would have got this event without joining anything: from a wider room, or joined before. */
  const hears = (event: Committed) => event.rooms.some((room) => socket.rooms.has(room));
  const letGo = (names: Iterable<string> = held.keys()) => {
    for (const name of names) {
      for (const event of release(stored.get(name)!, held.get(name)!)) if (hears(event)) deliverTo(socket, event);
      held.delete(name);
    }
  };
  let views: Map<string, string>;
  let allowed: [name: string, one: Wanted][];
  try {
    // Heads say nothing by themselves: those of who comes for the first time are read while permission is asked.
    const newcomers = [...wanted].filter(([, { since }]) => since === null);
    const [found, first] = await Promise.all([viewsFor(user, wanted), readPast(newcomers, stored)]);
    views = found;
    allowed = [...wanted].filter(([name]) => views.has(name));
    const refused = [...wanted.keys()].filter((name) => !views.has(name));
    for (const name of refused) outcomes.set(name, notFound('This stream'));
    letGo(refused);
    const returned = await readPast(
      allowed.filter(([, { since }]) => since !== null),
      stored,
    );
    const heads = new Map([...first.heads, ...returned.heads]);
    const { missed } = returned;
    const needSnapshot = allowed.filter(([name]) => !missed.has(stored.get(name)!)).map(([, one]) => one);
    const snapshots = new Map<string, unknown>();
    for (const [kind, group] of byKind(needSnapshot)) {
      const ids = group.map(({ id }) => id);
      const found = await kind.snapshots(user, ids, new Map(ids.map((id) => [id, views.get(wireName(kind, id))!])));
      for (const [id, snapshot] of found) snapshots.set(wireName(kind, id), snapshot);
    }
    for (const [name, { kind }] of allowed) {
      const version = heads.get(stored.get(name)!) ?? 0;
      const events = missed.get(stored.get(name)!);
      historyReplays.inc({ kind: events ? 'missed' : 'snapshot' });
      outcomes.set(
        name,
        events
          ? {
              version,
              missed: events.flatMap((event) => {
                const visible = seen(kind, views.get(name)!, event);
                return visible ? [toDurable(visible)] : [];
              }),
            }
          : { version, snapshot: snapshots.get(name) ?? null },
      );
    }
  } catch (error) {
    letGo();
    throw error;
  }
  // One that went meanwhile must not be entered: nothing would ever take it out again.
  const watched = allowed.filter(([, { kind }]) => kind.presence && socket.connected);
  for (const [name, { kind, id }] of watched) enter(kind.room(id, views.get(name)!, user), socket);
  reply.afterAck((succeeded) => {
    if (!succeeded || !socket.connected) {
      letGo();
      for (const [name, { kind, id }] of watched)
        if (!socket.connected || !socket.data.streams.has(name))
          leave(kind.room(id, views.get(name)!, user), socket.id);
      return;
    }
    for (const [name, { kind, id }] of allowed) {
      const view = views.get(name)!;
      const outcome = outcomes.get(name) as Subscribed;
      // A change of view leaves the room of the view before.
      if (!socket.data.streams.has(name)) subscriptions.inc();
      socket.data.streams.set(name, stored.get(name)!);
      noteTurn(socket, stored.get(name)!, outcome.version);
      // A snapshot tells the state but not the events: a list that follows a wider room still gets those it was owed.
      const owed = release(stored.get(name)!, held.get(name)!).filter(
        (event) => event.version! > outcome.version || (!outcome.missed && hears(event)),
      );
      void socket.join([kind.room(id, view, user), ...(kind.moreRooms?.(id, view, user) ?? [])]);
      for (const event of owed) {
        const visible = seen(kind, view, event);
        if (visible) deliverTo(socket, visible);
      }
    }
  });
  return outcomes;
};

/**
 * Subscribes a socket to one stream; the answer belongs in the ack. Throws NOT_FOUND where the user may not read it.
 * `what` names the thing for that error.
 */
export const subscribe = async (
  socket: LiveSocket,
  kind: StreamKind,
  id: string,
  since: number | null | undefined,
  what: string,
  reply: Reply,
): Promise<Subscribed> => {
  const name = wireName(kind, id);
  const outcomes = await subscribeAll(socket, new Map([[name, { kind, id, since: since ?? null }]]), reply);
  const outcome = outcomes.get(name)!;
  if (outcome instanceof AppError) throw outcome.code === 'NOT_FOUND' ? notFound(what) : outcome;
  return outcome;
};

/** Leaves a stream and its rooms, whichever view the socket had. Leaving what one never joined changes nothing. */
export const unsubscribe = (socket: LiveSocket, kind: StreamKind, id: string, views: string[] = ['full']): void => {
  for (const view of views) {
    const room = kind.room(id, view, socket.data.user);
    void socket.leave(room);
    leave(room, socket.id);
    for (const further of kind.moreRooms?.(id, view, socket.data.user) ?? []) void socket.leave(further);
  }
  const name = wireName(kind, id);
  const stored = socket.data.streams.get(name);
  if (stored === undefined) return;
  socket.data.streams.delete(name);
  subscriptions.dec();
  noteTurn(socket, stored, null);
};

onClientEvent('*', 'resume', Resume, async (socket, { streams }, reply) => {
  // Also those that do not exist: each is answered, and a small message must not make a large answer.
  if (Object.keys(streams).length > config.WS_MAX_SUBSCRIPTIONS) throw tooMany();
  const answers: Record<string, Subscribed | { error: object }> = {};
  const wanted = new Map<string, Wanted>();
  for (const [name, since] of Object.entries(streams)) {
    const parsed = parseStream(name, socket.nsp.name);
    if (parsed) wanted.set(name, { ...parsed, since: since ?? null });
    else answers[name] = { error: toAckError(notFound('This stream')) };
  }
  for (const [name, outcome] of await subscribeAll(socket, wanted, reply))
    answers[name] = outcome instanceof AppError ? { error: toAckError(toAppError(outcome)) } : outcome;
  return { streams: answers };
});
