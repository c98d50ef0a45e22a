import type { z } from 'zod';
import type { ErrorCode } from '../contract/common.ts';

/**
 * What one domain tells about itself. Names and fields of messages come from the schemas in `server/contract`; here
 * stand only the sentences around them. A new domain adds one file of this shape and one line in `domains.ts`.
 */
export type Domain = {
  tag: string;
  description: string;
  /** Schemas that get a name in the documents; the others are written out where they are used. */
  schemas: Record<string, z.ZodType>;
  routes: Route[];
  channels: Channel[];
  clientEvents: ClientEvent[];
  serverEvents: ServerEvent[];
};

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type Route = {
  method: Method;
  /** As Express writes it: `/api/shipments/:id`. */
  path: string;
  /** The operation's name for generated clients. */
  id: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  /** A JSON body, or bodies by media type. */
  body?: z.ZodType | Record<string, z.ZodType>;
  answers: Record<number, Answer>;
  /** Failures besides those that every route of its kind may answer. */
  codes?: ErrorCode[];
  /** `user` (the default): a bearer token. `none`: open. `metrics`: the metrics token. */
  access?: 'user' | 'none' | 'metrics';
  /** Takes `If-Match` and answers 412 when it is stale. */
  ifMatch?: true;
  /** Takes `Idempotency-Key`. */
  idempotent?: true;
};

export type Answer = {
  description: string;
  /** A JSON answer, or answers by media type; absent: no body. */
  body?: z.ZodType | Record<string, z.ZodType>;
  /** Carries `ETag: "<version>"`. */
  etag?: true;
  /** Carries `Location`. */
  location?: true;
};

/** Where messages travel: a namespace, or a room in one. */
export type Channel = {
  key: string;
  namespace: string;
  /** The room's name with its parameters in braces; the namespace itself where it is no room. */
  address: string;
  title: string;
  description: string;
  parameters?: Record<string, string>;
};

export type ClientEvent = {
  name: string;
  channel: string;
  summary: string;
  payload: z.ZodType;
  ack: z.ZodType;
};

/**
 * How sure an event is to arrive. `durable`: versioned, stored, sent again after a reconnect. `notice`: sent once after
 * commit; read the list again after a reconnect. `ephemeral`: newest wins, dropped first. `connection`: about this one
 * connection.
 */
export type Delivery = 'durable' | 'notice' | 'ephemeral' | 'connection';

/** A schema made by `envelope` or `durable` of the contract; the event's name is its `type`. */
export type EventSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>;

export type ServerEvent = {
  schema: EventSchema;
  delivery: Delivery;
  channels: string[];
  summary: string;
};

export const eventName = (schema: EventSchema): string => schema.shape.type.value;
