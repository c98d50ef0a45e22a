import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import type { ChangeWebhook, CreatedWebhook, CreateWebhook, Webhook, WebhookDelivery } from '../contract/commerce.ts';
import type { ListQuery } from '../contract/common.ts';
import { query } from '../platform/database.ts';
import { forbidden, notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { companyFor } from './access.ts';

/** SQL of webhooks and of what is on its way to them. Admins of the company only. */

type WebhookRow = {
  id: string;
  company_id: string;
  url: string;
  secret: string;
  events: string[];
  status: Webhook['status'];
  off_reason: string | null;
  failing_since: Date | null;
  dropped: number;
  created_by: string;
  version: number;
  created_at: Date;
  updated_at: Date;
};
const toWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  companyId: row.company_id,
  url: row.url,
  events: row.events,
  status: row.status,
  offReason: row.off_reason,
  failingSince: row.failing_since?.toISOString() ?? null,
  dropped: row.dropped,
  createdBy: row.created_by,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

/** The company whose webhooks an admin looks after; null: every company's. Throws FORBIDDEN. */
const companyOf = (user: User): string | null => {
  if (user.role === 'super_admin') return null;
  if (user.role !== 'admin' || user.companyId === null) throw forbidden();
  return user.companyId;
};

const newSecret = () => `whsec_${randomBytes(24).toString('base64url')}`;

export const insertWebhook = async (user: User, body: CreateWebhook): Promise<CreatedWebhook> => {
  companyOf(user);
  const [row] = await query<WebhookRow>(
    'insert into webhooks (id, company_id, url, secret, events, created_by) values ($1, $2, $3, $4, $5, $6) returning *',
    [randomUUID(), companyFor(user, body.companyId), body.url, newSecret(), body.events, user.username],
  );
  return { ...toWebhook(row!), secret: row!.secret };
};

const Position = z.tuple([z.iso.datetime(), z.string()]);

export const listWebhooks = async (user: User, { limit, cursor, updatedSince }: ListQuery) => {
  const position = decodeCursor(cursor, Position);
  const rows = await query<WebhookRow>(
    `select * from webhooks where ($1::text is null or company_id = $1) and ($2::timestamptz is null or updated_at >= $2)
       and ($3::timestamptz is null or (created_at, id) < ($3, $4))
     order by created_at desc, id desc limit $5`,
    [companyOf(user), updatedSince ?? null, position?.[0] ?? null, position?.[1] ?? null, limit + 1],
  );
  return toPage(rows.map(toWebhook), limit, ({ createdAt, id }) => [createdAt, id]);
};

export const getWebhook = async (user: User, id: string): Promise<Webhook> => {
  const [row] = await query<WebhookRow>(
    'select * from webhooks where id = $1 and ($2::text is null or company_id = $2)',
    [id, companyOf(user)],
  );
  if (!row) throw notFound('Webhook');
  return toWebhook(row);
};

/** Switched on again it goes on where it stopped: what waited is tried at once. */
export const changeWebhook = async (user: User, id: string, change: ChangeWebhook): Promise<Webhook> => {
  const [row] = await query<WebhookRow>(
    `update webhooks set url = coalesce($3, url), events = coalesce($4, events), status = coalesce($5, status),
       off_reason = case when $5 = 'active' then null when $5 = 'off' then 'switched off by hand' else off_reason end,
       failing_since = case when $5 is null then failing_since end, dropped = case when $5 = 'active' then 0 else dropped end,
       version = version + 1, updated_at = clock_timestamp()
     where id = $1 and ($2::text is null or company_id = $2) returning *`,
    [id, companyOf(user), change.url ?? null, change.events ?? null, change.status ?? null],
  );
  if (!row) throw notFound('Webhook');
  if (change.status === 'active')
    await query(
      "update webhook_deliveries set next_attempt_at = clock_timestamp() where webhook_id = $1 and status <> 'delivered'",
      [id],
    );
  return toWebhook(row);
};

export const deleteWebhook = async (user: User, id: string): Promise<void> => {
  const gone = await query('delete from webhooks where id = $1 and ($2::text is null or company_id = $2) returning 1', [
    id,
    companyOf(user),
  ]);
  if (gone.length === 0) throw notFound('Webhook');
};

type DeliveryRow = {
  id: number;
  webhook_id: string;
  event: string;
  stream: string;
  version: number;
  status: WebhookDelivery['status'];
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  next_attempt_at: Date;
  delivered_at: Date | null;
  created_at: Date;
};
const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  id: String(row.id),
  webhookId: row.webhook_id,
  eventType: row.event,
  stream: row.stream,
  version: row.version,
  status: row.status === 'pending' && row.attempts > 0 ? 'failed' : row.status,
  attempts: row.attempts,
  responseStatus: row.last_status,
  error: row.last_error,
  nextAttemptAt: row.status === 'delivered' ? null : row.next_attempt_at.toISOString(),
  deliveredAt: row.delivered_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

export const listDeliveries = async (webhookId: string, limit: number, cursor: string | undefined) => {
  const rows = await query<DeliveryRow>(
    `select * from webhook_deliveries where webhook_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [webhookId, decodeCursor(cursor, z.int()) ?? null, limit + 1],
  );
  const { items, nextCursor } = toPage(rows, limit, ({ id }) => id);
  return { items: items.map(toDelivery), nextCursor };
};

/** Sends a delivery once more, whatever became of it before, and whoever is about to try. */
export const replayDelivery = async (webhookId: string, id: string): Promise<WebhookDelivery> => {
  const [row] = await query<DeliveryRow>(
    `update webhook_deliveries set status = 'pending', next_attempt_at = clock_timestamp(), delivered_at = null,
       lease = null, leased_until = null
     where webhook_id = $1 and id::text = $2 returning *`,
    [webhookId, id],
  );
  if (!row) throw notFound('Delivery');
  return toDelivery(row);
};
