import { randomUUID } from 'node:crypto';
import type { User } from '../contract/auth.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';

/** Tracking links: who holds one sees one parcel, until it expires or is revoked. */

const PREFIX = 'link:';
export const linkUserId = (id: string) => `${PREFIX}${id}`;

/** Whether the link that a guest came with is one of ours for this parcel and still holds. */
export const areLinksAlive = async (user: User): Promise<boolean> => {
  if (!user.id.startsWith(PREFIX)) return false;
  const rows = await query(
    'select 1 from tracking_links where id = $1 and awb = $2 and revoked_at is null and expires_at > clock_timestamp()',
    [user.id.slice(PREFIX.length), user.awb],
  );
  return rows.length > 0;
};

export const insertLink = async (awb: string, by: string, expiresAt: string): Promise<string> => {
  const id = randomUUID();
  await query('insert into tracking_links (id, awb, created_by, expires_at) values ($1, $2, $3, $4)', [
    id,
    awb,
    by,
    expiresAt,
  ]);
  return id;
};

/** Ends a link. Throws NOT_FOUND when this parcel has none by that id. */
export const revokeLink = async (awb: string, id: string): Promise<void> => {
  const rows = await query(
    `update tracking_links set revoked_at = coalesce(revoked_at, clock_timestamp())
     where id = $1 and awb = $2 returning id`,
    [id, awb],
  );
  if (rows.length === 0) throw notFound('Link');
};

export const listLinks = async (awb: string) => {
  const rows = await query<{
    id: string;
    created_by: string;
    created_at: Date;
    expires_at: Date;
    revoked_at: Date | null;
  }>(
    'select id, created_by, created_at, expires_at, revoked_at from tracking_links where awb = $1 order by created_at desc limit 200',
    [awb],
  );
  return rows.map((row) => ({
    id: row.id,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }));
};
