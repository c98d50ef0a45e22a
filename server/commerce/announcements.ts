import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import type { Announcement, CreateAnnouncement } from '../contract/commerce.ts';
import type { ListQuery } from '../contract/common.ts';
import { query, transaction } from '../platform/database.ts';
import { forbidden } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { emitAnnouncement } from './commerceEvents.ts';

/** What an admin tells the whole company, and a super_admin everybody. */

type Row = {
  id: string;
  company_id: string | null;
  subject: string;
  content: string;
  priority: Announcement['priority'];
  created_by: string;
  created_at: Date;
};
const toAnnouncement = (row: Row): Announcement => ({
  id: row.id,
  companyId: row.company_id,
  subject: row.subject,
  content: row.content,
  priority: row.priority,
  by: row.created_by,
  createdAt: row.created_at.toISOString(),
});

export const createAnnouncement = (user: User, body: CreateAnnouncement): Promise<Announcement> =>
  transaction(async () => {
    const supreme = user.role === 'super_admin';
    if (!supreme && (user.role !== 'admin' || user.companyId === null)) throw forbidden();
    const [row] = await query<Row>(
      `insert into announcements (id, company_id, subject, content, priority, created_by)
       values ($1, $2, $3, $4, $5, $6) returning *`,
      [randomUUID(), supreme ? null : user.companyId, body.subject, body.content, body.priority, user.username],
    );
    const announcement = toAnnouncement(row!);
    await emitAnnouncement(announcement);
    return announcement;
  });

const Position = z.tuple([z.iso.datetime(), z.string()]);

/** One page of those that were for the user, newest first; a super_admin sees all. */
export const listAnnouncements = async (user: User, { limit, cursor, updatedSince }: ListQuery) => {
  const position = decodeCursor(cursor, Position);
  const rows = await query<Row>(
    `select * from announcements
     where ($1 or company_id is null or company_id = $2)
       and ($3::timestamptz is null or created_at >= $3)
       and ($4::timestamptz is null or (created_at, id) < ($4, $5))
     order by created_at desc, id desc limit $6`,
    [
      user.role === 'super_admin',
      user.companyId,
      updatedSince ?? null,
      position?.[0] ?? null,
      position?.[1] ?? null,
      limit + 1,
    ],
  );
  return toPage(rows.map(toAnnouncement), limit, ({ createdAt, id }) => [createdAt, id]);
};
