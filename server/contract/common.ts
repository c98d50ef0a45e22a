import { z } from 'zod';

/** What every domain's messages share: envelope, errors, lists, resuming. */

export const ROLES = [
  'super_admin',
  'admin',
  'operator',
  'inspector',
  'merchant',
  'supplier',
  'rider',
  'agent',
  'customer',
  'vendor',
] as const;
/** `guest` is nobody who signs in: a caller without a token where that is allowed, or the bearer of a tracking link. */
export const Role = z.enum([...ROLES, 'guest']);
export type Role = z.infer<typeof Role>;

/** Code → HTTP status. The same codes travel in problem documents, acks, `error` events and raw frames. */
export const ERROR_STATUS = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  STALE: 412,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE: 422,
  IDEMPOTENCY_MISMATCH: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;
export const ErrorCode = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

/** Ids travel as strings; 200 characters hold every id in use and keep room names bounded. */
export const Id = z.string().trim().min(1).max(200);
/** ISO 8601 in UTC. */
export const Time = z.iso.datetime();
/** As `toISOString` writes it: what a phone sends by the hundred needs no Date to become the same again. */
const isCanonical = (value: string) => value.length === 24 && value.endsWith('Z');
/** A moment; a date without a time means midnight UTC. Answers the moment as an ISO string. */
export const Moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'Expected a time such as 2026-12-01T08:00:00Z' })
  .transform((value) => (isCanonical(value) ? value : new Date(value).toISOString()));
/** One line of text as a person types it; control characters would break headers and logs. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'Control characters are not allowed');

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: ErrorCode,
  detail: z.string(),
  retryAfterMs: z.int().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

export const AckError = z.object({ code: ErrorCode, message: z.string(), details: z.unknown().optional() });
export type AckError = z.infer<typeof AckError>;
/** What every client event's acknowledgement holds. */
export type Ack<Fields = object> = ({ success: true } & Fields) | { success: false; error: AckError };

export const list = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export type List<Item> = { items: Item[]; nextCursor: string | null };

/** Query of every list. `cursor` is opaque: it comes from the answer before. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
  updatedSince: Moment.optional(),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** Query of `…/events`: the history of one stream, oldest first. */
export const EventsQuery = z.object({
  since: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});

/** Every server event: its name, when it happened, and its own fields. */
export const envelope = <Type extends string, Shape extends z.ZodRawShape>(type: Type, fields: Shape) =>
  z.object({ type: z.literal(type), timestamp: Time, ...fields });
/** A durable event also holds its stream's version: 1, 2, 3 … without a gap. */
export const durable = <Type extends string, Shape extends z.ZodRawShape>(type: Type, fields: Shape) =>
  envelope(type, { version: z.int().positive(), ...fields });

/** Any server event, for code that handles all of them alike. */
export type ServerEvent = { type: string; timestamp: string; version?: number; [field: string]: unknown };
export type DurableEvent = ServerEvent & { version: number };

export const Since = z.int().min(0);
/** What a subscribe call or one stream of `resume` answers. `Snapshot` is what the stream's GET returns. */
export type Subscribed<Snapshot = unknown> = { version: number; missed?: DurableEvent[]; snapshot?: Snapshot };

export const Resume = z.object({
  streams: z.record(z.string().min(1).max(250), Since.nullish()).describe('stream name → last version seen'),
});
export type ResumeAck = Ack<{ streams: Record<string, Subscribed | { error: AckError }> }>;

export const Connected = envelope('connected', {
  message: z.string(),
  socketId: z.string(),
  userId: z.string(),
  rooms: z.array(z.string()),
});
export const Heads = envelope('heads', { streams: z.record(z.string(), z.int()) });
/** What a client that follows its streams answers to heads: the versions it has of those that moved. */
export const HeadsAck = z.object({ streams: z.record(z.string().min(1).max(250), Since) });
export const Pong = envelope('pong', {});
export const ErrorEvent = envelope('error', {
  event: z.string().optional(),
  code: ErrorCode,
  message: z.string(),
  details: z.unknown().optional(),
});
export const AuthExpiring = envelope('auth:expiring', { expiresAt: Time });
export const AuthRefresh = z.object({ token: z.string().min(1).max(8192) });
export const ServerDraining = envelope('server:draining', { reconnectInMs: z.int() });
