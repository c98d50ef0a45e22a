import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import type { CreateNotification, Notification, NotificationList, NotificationQuery } from '../contract/commerce.ts';
import type { Role } from '../contract/common.ts';
import { afterCommit, inTransaction, outsideTransaction, query, transaction } from '../platform/database.ts';
import { forbidden, notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { log } from '../platform/log.ts';
import { publish, publishEach } from '../websocket/publish.ts';
import { userRoom } from '../websocket/rooms.ts';
import { registerStream } from '../websocket/streams.ts';
import { notificationStream } from './access.ts';
import { parameterList } from './orderStore.ts';
import { isCustomerOf } from './orders.ts';

/**
 * Notifications: one message, and a copy in the stream of each of those it is for. Who they are is written with the
 * message; the copies follow in portions, each in a transaction of its own, so that five thousand hold up nobody. A
 * portion that a crash interrupts is taken up again.
 */

type Row = {
  message_id: string;
  kind: string;
  priority: Notification['priority'];
  subject: string;
  content: string;
  metadata: Record<string, unknown>;
  read_at: Date | null;
  created_at: Date;
};
const toNotification = (row: Row): Notification => ({
  id: row.message_id,
  kind: row.kind,
  priority: row.priority,
  subject: row.subject,
  content: row.content,
  metadata: row.metadata,
  read: row.read_at !== null,
  readAt: row.read_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

const Position = z.tuple([z.iso.datetime(), z.string()]);

const countUnread = async (userId: string): Promise<number> => {
  const [row] = await query<{ unread: number }>('select unread from unread_counts where user_id = $1', [userId]);
  return row?.unread ?? 0;
};

/** One page of a person's notifications, newest first, and how many are unread. */
export const listNotifications = async (
  userId: string,
  filter: Pick<NotificationQuery, 'limit' | 'cursor' | 'unread' | 'updatedSince'>,
): Promise<NotificationList> => {
  const { parameters, add } = parameterList();
  const where = [`n.user_id = ${add(userId)}`];
  const position = decodeCursor(filter.cursor, Position);
  if (filter.unread === true) where.push('n.read_at is null');
  if (filter.unread === false) where.push('n.read_at is not null');
  if (filter.updatedSince) where.push(`n.updated_at >= ${add(filter.updatedSince)}`);
  if (position) where.push(`(n.created_at, n.message_id) < (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const rows = await query<Row>(
    `select n.message_id, n.created_at, n.read_at, m.kind, m.priority, m.subject, m.content, m.metadata
     from notifications n join notification_messages m on m.id = n.message_id
     where ${where.join(' and ')} order by n.created_at desc, n.message_id desc limit ${add(filter.limit + 1)}`,
    parameters,
  );
  const page = toPage(rows.map(toNotification), filter.limit, ({ createdAt, id }) => [createdAt, id]);
  return { ...page, unread: await countUnread(userId) };
};

export const notificationKind = registerStream({
  prefix: 'notifications',
  namespace: '/',
  nameFor: (_id, user) => notificationStream(user.id),
  room: (_id, _view, user) => userRoom(user?.id ?? ''),
  authorize: async (_user, ids) => new Map(ids.filter((id) => id === '').map((id) => [id, 'full'])),
  snapshots: async (user, ids) => {
    const list = await listNotifications(user.id, { limit: 50 });
    return new Map(ids.map((id) => [id, list]));
  },
  audience: async () => null,
});

export type Message = Pick<Notification, 'kind' | 'priority' | 'subject' | 'content' | 'metadata'> & {
  /** The event that brings it. */
  event: 'notification:new' | 'notification:broadcast';
  companyId: string | null;
  createdBy: string;
};
/** Whom a message is for, among those who are known here and active. */
export type Recipients = { userId?: string; role?: Role; companyId?: string };

const PORTION = 100;
/** Known to the database as one of several nodes' deliveries; SKIP LOCKED lets each take others' portions. */
const deliverPortion = (only: string | null): Promise<number> =>
  transaction(async () => {
    const rows = await query<{ user_id: string; unread: number } & Omit<Row, 'read_at'> & { event: string }>(
      `with taken as (
         delete from notification_targets where (message_id, user_id) in (
           select message_id, user_id from notification_targets where $1::text is null or message_id = $1
           order by user_id limit $2 for update skip locked
         ) returning message_id, user_id
       ), counted as (
         insert into unread_counts (user_id, unread) select user_id, count(*) from taken group by user_id order by user_id
         on conflict (user_id) do update set unread = unread_counts.unread + excluded.unread
         returning user_id, unread
       ), added as (
         insert into notifications (user_id, message_id) select user_id, message_id from taken
         on conflict do nothing
       )
       select t.message_id, t.user_id, c.unread, m.event, m.kind, m.priority, m.subject, m.content, m.metadata
       from taken t join counted c using (user_id) join notification_messages m on m.id = t.message_id
       order by t.message_id, t.user_id`,
      [only, PORTION],
    );
    // One event a stream and statement: a person who has several waiting gets them one after the other.
    const rounds: (typeof rows)[] = [];
    const nth = new Map<string, number>();
    for (const row of rows) {
      const round = nth.get(row.user_id) ?? 0;
      nth.set(row.user_id, round + 1);
      rounds[round] ??= [];
      rounds[round].push(row);
    }
    for (const round of rounds)
      await publishEach(
        round.map(({ user_id, message_id, unread, event, kind, priority, subject, content, metadata }) => ({
          stream: notificationStream(user_id),
          rooms: [userRoom(user_id)],
          type: event,
          payload: { id: message_id, kind, priority, subject, content, metadata, unread },
        })),
      );
    return rows.length;
  });

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Brings copies to those who have not got theirs yet; of one message, or of all. */
const deliverWaiting = async (only: string | null = null): Promise<void> => {
  while ((await deliverPortion(only)) === PORTION) await breathe();
};

let delivering = false;
let isMore = false;
/** The same for messages that were just committed; of many that come at once one does it for all. */
const deliverSoon = async (): Promise<void> => {
  isMore = true;
  if (delivering) return;
  delivering = true;
  try {
    while (isMore) {
      isMore = false;
      await deliverWaiting();
    }
  } catch (error) {
    log.warn({ err: error }, 'notifications wait to be delivered');
  } finally {
    delivering = false;
  }
};

/**
 * Writes a message and whom it is for. Answers when everybody has their copy; inside a transaction, when it is written,
 * and the copies follow the commit.
 */
export const sendNotification = async (
  message: Message,
  to: Recipients,
): Promise<{ id: string; recipients: number }> => {
  const id = randomUUID();
  const recipients = await transaction(async () => {
    await query(
      `insert into notification_messages (id, event, kind, priority, subject, content, metadata, company_id, created_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        message.event,
        message.kind,
        message.priority,
        message.subject,
        message.content,
        JSON.stringify(message.metadata),
        message.companyId,
        message.createdBy,
      ],
    );
    // One person who is named gets it even before they are first seen here; a group is who is known.
    const [row] =
      to.userId !== undefined
        ? await query<{ count: number }>(
            `with t as (insert into notification_targets values ($1, $2) returning 1) select count(*)::int as count from t`,
            [id, to.userId],
          )
        : await query<{ count: number }>(
            `with t as (
               insert into notification_targets select $1, id from users
               where active and role <> 'guest' and ($2::text is null or role = $2) and ($3::text is null or company_id = $3)
               returning 1
             ) select count(*)::int as count from t`,
            [id, to.role ?? null, to.companyId ?? null],
          );
    return row!.count;
  });
  if (inTransaction())
    afterCommit(() => {
      void outsideTransaction(deliverSoon);
    });
  else await deliverWaiting(id);
  return { id, recipients };
};

/** Whether an admin may write to this person: one of their company, or one who ordered from it. */
const mayReach = async (user: User, userId: string): Promise<boolean> => {
  const [known] = await query<{ company_id: string | null }>('select company_id from users where id = $1', [userId]);
  if (user.role === 'super_admin') return true;
  if (user.companyId === null) return false;
  return known?.company_id === user.companyId || isCustomerOf(userId, user.companyId);
};

export const createNotification = async (
  user: User,
  body: CreateNotification,
): Promise<{ id: string; recipients: number }> => {
  if (user.role !== 'super_admin' && user.role !== 'admin') throw forbidden();
  if (body.userId !== undefined && !(await mayReach(user, body.userId))) throw notFound('User');
  const companyId = user.role === 'super_admin' ? (body.companyId ?? null) : user.companyId;
  if (user.role === 'admin' && companyId === null) throw forbidden('An admin of no company has nobody to write to');
  return sendNotification(
    {
      event: body.userId === undefined ? 'notification:broadcast' : 'notification:new',
      kind: body.kind ?? body.type ?? 'info',
      priority: body.priority,
      subject: body.subject,
      content: body.content,
      metadata: body.metadata,
      companyId,
      createdBy: user.username,
    },
    body.userId !== undefined
      ? { userId: body.userId }
      : { ...(body.role && { role: body.role }), ...(companyId !== null && { companyId }) },
  );
};

const tellRead = (userId: string, id: string | null, unread: number) =>
  publish({
    stream: notificationStream(userId),
    rooms: [userRoom(userId)],
    type: 'notification:read',
    payload: { id, unread },
  });

/** Marks one as read. Reading what was read changes nothing. Throws NOT_FOUND where it is not the user's. */
export const readNotification = (userId: string, id: string): Promise<{ id: string; unread: number }> =>
  transaction(async () => {
    // First the count: deliveries take the same locks in the same order.
    await query('select 1 from unread_counts where user_id = $1 for update', [userId]);
    const changed = await query(
      `update notifications set read_at = clock_timestamp(), updated_at = clock_timestamp()
       where user_id = $1 and message_id = $2 and read_at is null returning 1`,
      [userId, id],
    );
    if (changed.length === 0) {
      const found = await query('select 1 from notifications where user_id = $1 and message_id = $2', [userId, id]);
      if (found.length === 0) throw notFound('Notification');
      return { id, unread: await countUnread(userId) };
    }
    await query('update unread_counts set unread = unread - 1 where user_id = $1', [userId]);
    const unread = await countUnread(userId);
    await tellRead(userId, id, unread);
    return { id, unread };
  });

/** Marks all as read. */
export const readAllNotifications = (userId: string): Promise<{ id: null; unread: number }> =>
  transaction(async () => {
    await query('select 1 from unread_counts where user_id = $1 for update', [userId]);
    const changed = await query(
      `update notifications set read_at = clock_timestamp(), updated_at = clock_timestamp()
       where user_id = $1 and read_at is null returning 1`,
      [userId],
    );
    if (changed.length > 0) {
      await query('update unread_counts set unread = 0 where user_id = $1', [userId]);
      await tellRead(userId, null, 0);
    }
    return { id: null, unread: 0 };
  });

/** What a frozen node had taken is free after 8 s, and is to be brought within 10. */
const EVERY_MS = 1_000;

/** Takes up what a crash left undelivered, now and then, until the returned function is called. */
export const startNotifications = (): (() => Promise<void>) => {
  let round: Promise<void> | null = null;
  const work = () => {
    round ??= deliverWaiting()
      .catch((error) => log.warn({ err: error }, 'notifications wait to be delivered'))
      .finally(() => {
        round = null;
      });
  };
  work();
  const timer = setInterval(work, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await round;
  };
};
