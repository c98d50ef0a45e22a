import { randomUUID } from 'node:crypto';
import type { Claims, User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import { batched } from './batch.ts';
import { query } from './database.ts';
import { unauthenticated } from './errors.ts';
import { log } from './log.ts';

/**
 * Who is who. A user created here has the rights of its row, whatever an older token says; a user of another issuer
 * has the rights of its token and is remembered when first seen. Either can be deactivated here.
 * Rows are kept in memory and read again when `changed_at` moves, on every node, so a withdrawn right ends in seconds.
 */

type Row = {
  id: string;
  username: string;
  password_hash: string | null;
  role: Role;
  company_id: string | null;
  shop_ids: string[];
  active: boolean;
  changed_at: Date;
};
type Known = { user: User; active: boolean; local: boolean; changedAt: number };

const COLUMNS = 'id, username, password_hash, role, company_id, shop_ids, active, changed_at';
const toKnown = (row: Row): Known => ({
  user: { id: row.id, username: row.username, role: row.role, companyId: row.company_id, shopIds: row.shop_ids },
  active: row.active,
  local: row.password_hash !== null,
  changedAt: row.changed_at.getTime(),
});

/** Bounded: the oldest entry goes first and is simply read again. */
const MAX_KNOWN = 50_000;
const known = new Map<string, Known>();
const remember = (entry: Known) => {
  // An answer that was long under way must not bring back rights that were withdrawn meanwhile.
  const newer = known.get(entry.user.id);
  if (newer && newer.changedAt > entry.changedAt) return newer;
  known.delete(entry.user.id);
  known.set(entry.user.id, entry);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  return entry;
};

const same = (user: User, claims: Claims) =>
  user.username === claims.username &&
  user.role === claims.role &&
  user.companyId === claims.companyId &&
  user.shopIds.join() === claims.shopIds.join();

type Seen = Pick<User, 'id' | 'username' | 'role' | 'companyId' | 'shopIds'>;
/** All that a statement for many needs to know of one. */
const keyOf = ({ id, username, role, companyId, shopIds }: Seen) =>
  JSON.stringify({ id, username, role, company_id: companyId, shop_ids: shopIds });

/** Remembers who is new; of those known before only a foreign issuer's claims replace what we have. */
const lookUpMany = batched(async (keys: string[]): Promise<Map<string, Known>> => {
  const seen = keys.map((key) => JSON.parse(key) as { id: string });
  const rows = await query<Row>(
    // What stands there already is only read: a crowd that comes back after a restart must not be written again.
    `with seen as (
       select * from jsonb_to_recordset($1::jsonb)
         as t(id text, username text, role text, company_id text, shop_ids text[])
     ), as_seen as (
       select u.* from users u join seen s on s.id = u.id
       where u.password_hash is not null
         or (u.username, u.role, u.company_id, u.shop_ids)
            is not distinct from (s.username, s.role, s.company_id, s.shop_ids)
     ), written as (
       insert into users (id, username, role, company_id, shop_ids)
       select id, username, role, company_id, shop_ids from seen
       where id not in (select id from as_seen) order by id
       on conflict (id) do update set
         username = case when users.password_hash is null then excluded.username else users.username end,
         role = case when users.password_hash is null then excluded.role else users.role end,
         company_id = case when users.password_hash is null then excluded.company_id else users.company_id end,
         shop_ids = case when users.password_hash is null then excluded.shop_ids else users.shop_ids end
       returning ${COLUMNS}
     )
     select ${COLUMNS} from as_seen union all select ${COLUMNS} from written`,
    // A statement cannot change one row twice: of several tokens of one user the last counts.
    [JSON.stringify([...new Map(seen.map((one) => [one.id, one])).values()])],
  );
  const found = new Map(rows.map((row) => [row.id, remember(toKnown(row))]));
  return new Map(keys.map((key, n) => [key, found.get(seen[n]!.id)!]));
});

const lookUp = async (claims: Claims): Promise<Known> => {
  const entry = known.get(claims.id);
  if (entry && (entry.local || same(entry.user, claims))) return entry;
  const key = keyOf(claims);
  return (await lookUpMany([key])).get(key)!;
};

/** The user that verified claims stand for, with the rights in force now. Throws UNAUTHENTICATED if deactivated. */
export const identify = async (claims: Claims): Promise<User> => {
  const { user, active, local } = await lookUp(claims);
  if (!active) throw unauthenticated('Invalid or expired token');
  // The one object that is kept for the user serves all their connections.
  if (local || (same(user, claims) && claims.awb === undefined)) return user;
  const { exp: _, ...claimed } = claims;
  return claimed;
};

/** A user of ours by sign-in name, with the hash to check; undefined when there is none. */
export const findSignIn = async (
  username: string,
): Promise<{ user: User; passwordHash: string; active: boolean } | undefined> => {
  const [row] = await query<Row>(
    `select ${COLUMNS} from users where lower(username) = lower($1) and password_hash is not null`,
    [username],
  );
  return row && { user: toKnown(row).user, passwordHash: row.password_hash!, active: row.active };
};

/** Whoever has this id, else this username; several issuers may use one, then whom `prefer` holds for. */
export const findUser = async (idOrName: string, prefer: (user: User) => boolean): Promise<User | undefined> => {
  const rows = await query<Row>(
    `select ${COLUMNS} from users where id = $1 or lower(username) = lower($1)
     order by id = $1 desc, changed_at desc limit 50`,
    [idOrName],
  );
  const users = rows.map((row) => toKnown(row).user);
  return users.find(({ id }) => id === idOrName) ?? users.find(prefer) ?? users[0];
};

/** Adds a user who can sign in here, and the company if it is new. A taken username violates `users_sign_in`. */
export const addUser = async (user: Omit<User, 'id'> & { id?: string; passwordHash: string }): Promise<User> => {
  if (user.companyId)
    await query('insert into companies (id, name) values ($1, $1) on conflict do nothing', [user.companyId]);
  const [row] = await query<Row>(
    `insert into users (id, username, password_hash, role, company_id, shop_ids)
     values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
    [user.id ?? randomUUID(), user.username, user.passwordHash, user.role, user.companyId, user.shopIds],
  );
  return toKnown(row!).user;
};

export type UserChange = Partial<Pick<User, 'role' | 'companyId' | 'shopIds'>> & {
  active?: boolean;
  passwordHash?: string;
};

/** Changes rights, password or activity of the user with this id; live connections follow within seconds. */
export const changeUser = async (id: string, change: UserChange): Promise<User | undefined> => {
  const [row] = await query<Row>(
    `update users set
       role = coalesce($2, role),
       company_id = case when $3 then $4 else company_id end,
       shop_ids = coalesce($5, shop_ids),
       active = coalesce($6, active),
       password_hash = coalesce($7, password_hash),
       changed_at = clock_timestamp()
     where id = $1 returning ${COLUMNS}`,
    [
      id,
      change.role ?? null,
      change.companyId !== undefined,
      change.companyId ?? null,
      change.shopIds ?? null,
      change.active ?? null,
      change.passwordHash ?? null,
    ],
  );
  return row && toKnown(row).user;
};

type Listener = (changed: Map<string, { user: User; active: boolean }>) => void;
const listeners = new Set<Listener>();
/**
 * Calls `listener` with the users whose rights changed, by id, on whichever node that happened. All at once: after a
 * storm they are thousands, and a listener looks through all its connections.
 */
export const onUsersChanged = (listener: Listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** How often rights are read again; a withdrawn right must end within 10 s. */
const POLL_MS = 2_000;
/** A transaction that changed a user may commit this much later than its `changed_at` says. */
const OVERLAP_SECONDS = 30;
/** What changed so long ago is looked at no more. */
const SETTLED_MS = 2 * OVERLAP_SECONDS * 1000;

/** Follows changes of rights until the returned function is called. */
export const watchUsers = () => {
  let since: Date | null = null;
  // Of all that changed since then: while it stays the same nobody is read again, be it the whole crowd of a morning.
  let fingerprint: string | null = null;
  // What was already acted upon inside the overlap, so that nobody is told twice.
  let handled = new Map<string, number>();
  let running = false;
  const poll = async () => {
    if (running) return;
    running = true;
    try {
      const [state] = await query<{ now: Date; fingerprint: string | null }>(
        `select clock_timestamp() as now, sum(hashtextextended(id || changed_at, 0))::text as fingerprint
         from users where changed_at > $1::timestamptz - make_interval(secs => $2)`,
        [since, OVERLAP_SECONDS],
      );
      const { now } = state!;
      if (since && state!.fingerprint === fingerprint && now.getTime() - since.getTime() < SETTLED_MS) return;
      const rows = since
        ? await query<Row>(
            `select ${COLUMNS} from users where changed_at > $1::timestamptz - make_interval(secs => $2)`,
            [since, OVERLAP_SECONDS],
          )
        : [];
      const seen = new Map<string, number>();
      const changed = new Map<string, Known>();
      for (const row of rows) {
        const moved = row.changed_at.getTime();
        seen.set(row.id, moved);
        if (handled.get(row.id) === moved) continue;
        const entry = toKnown(row);
        if (known.has(row.id)) remember(entry);
        changed.set(row.id, entry);
      }
      if (changed.size > 0) for (const listener of listeners) listener(changed);
      handled = seen;
      fingerprint = state!.fingerprint;
      if (since && changed.size === 0 && now.getTime() - since.getTime() < SETTLED_MS) return;
      since = now;
    } catch (error) {
      log.warn({ err: error }, 'could not read changes of rights; trying again');
    } finally {
      running = false;
    }
  };
  void poll();
  const timer = setInterval(poll, POLL_MS);
  return () => clearInterval(timer);
};
