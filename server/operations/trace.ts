import type { User } from '../contract/auth.ts';
import type { Trace, TraceQuery } from '../contract/operations.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { findUser } from '../platform/users.ts';
import { COLUMNS, type Committed, toDurable } from '../websocket/committed.ts';
import { readHeads } from '../websocket/history.ts';
import { kindOf, type StreamKind, storedName, wireName } from '../websocket/streams.ts';
import { traceEverywhere } from '../websocket/traceNodes.ts';
import { judge } from './outcomes.ts';

/** Why didn't they see it? From the commit of an event to what one person's client said it has. */

const EVENTS = 20;

/** Throws NOT_FOUND unless the stream exists and `asker` may read all of it: an admin only of their own company. */
const requireStream = async (asker: User, name: string): Promise<{ kind: StreamKind; id: string }> => {
  const kind = kindOf(name);
  const colon = name.indexOf(':');
  const id = colon < 0 ? '' : name.slice(colon + 1);
  const view = kind && (await kind.authorize(asker, [id])).get(id);
  if (!kind || view !== 'full') throw notFound('This stream');
  const companyId = asker.role === 'super_admin' ? undefined : await kind.companyOf?.(id);
  if (companyId !== undefined && companyId !== asker.companyId) throw notFound('This stream');
  return { kind, id };
};

/** The stream's name for `person`: a product's, for one, is shorter for those who are of a company. */
const idFor = (kind: StreamKind, id: string, person: User, stored: string): string =>
  [id, id.slice(id.indexOf('/') + 1)].find((one) => storedName(kind, one, person) === stored) ?? id;

const viewOf = async (kind: StreamKind, id: string, person: User): Promise<string | undefined> =>
  kind.viewFor ? kind.viewFor(person, id) : (await kind.authorize(person, [id])).get(id);

type Traceable = { kind: StreamKind; id: string; person: User };
/** What a question is about. Throws NOT_FOUND for streams and people of another company. */
export const requireTraceable = async (asker: User, { stream, user }: TraceQuery): Promise<Traceable> => {
  const found = await requireStream(asker, stream);
  const isOwn = ({ companyId }: User) => asker.role === 'super_admin' || companyId === asker.companyId;
  const person = await findUser(user, isOwn);
  if (!person) throw notFound('User');
  // A customer or supplier is of no company: theirs is the business of those whose stream they may read.
  if (!isOwn(person) && (person.companyId !== null || !(await viewOf(found.kind, found.id, person))))
    throw notFound('User');
  return { ...found, person };
};

const readLast = (stream: string, upTo: number) =>
  query<Committed>(
    `select ${COLUMNS} from events where stream = $1 and version <= $2 and version > $2 - $3 order by version desc`,
    [stream, upTo, EVENTS],
  );

/** Follows the last events of a stream, up to `version`, to one person. */
export const trace = async (
  asker: User,
  kind: StreamKind,
  id: string,
  person: User,
  version?: number,
): Promise<Trace> => {
  // Everybody's own notifications bear the same name.
  const stored = storedName(kind, id, id === '' ? person : asker);
  const theirs = idFor(kind, id, person, stored);
  const view = await viewOf(kind, theirs, person);
  const head = (await readHeads([stored])).get(stored)!;
  const events = await readLast(stored, Math.min(version ?? head, head));
  const rooms =
    view === undefined ? [] : [kind.room(theirs, view, person), ...(kind.moreRooms?.(theirs, view, person) ?? [])];
  const nodes = await traceEverywhere({
    stream: stored,
    namespace: kind.namespace,
    userId: person.id,
    rooms: [...new Set([...rooms, ...events.flatMap((event) => event.rooms)])],
    versions: [events.at(-1)?.version ?? 0, events[0]?.version ?? 0],
  });
  const seenOf = (event: Committed) =>
    view === undefined || view === 'full' || !kind.redact ? toDurable(event) : kind.redact(toDurable(event), view);
  return {
    stream: wireName(kind, id),
    user: { id: person.id, username: person.username, role: person.role },
    view: view ?? null,
    version: head,
    events: events.map((event) => {
      const seen = seenOf(event);
      return {
        version: event.version!,
        type: event.type,
        committedAt: event.at.toISOString(),
        withheld: Object.keys(event.payload).filter((field) => seen !== null && !(field in seen)),
        ...(view === undefined
          ? judge.noRight()
          : seen === null
            ? judge.redacted(view)
            : judge.journey({ version: event.version!, at: event.at.getTime() }, nodes)),
      };
    }),
    connections: [...nodes].flatMap(([node, known]) => (known?.connections ?? []).map((one) => ({ node, ...one }))),
    nodes: [...nodes].map(([node, known]) => ({
      node,
      startedAt: known && new Date(known.startedAt).toISOString(),
      remembersSince: known && new Date(Math.max(...Object.values(known.since))).toISOString(),
      answered: known !== null,
    })),
  };
};
