import { z } from 'zod';
import { type Ack, durable, envelope, Id, ListQuery, Moment, Since, type Subscribed, Time, text } from './common.ts';

/** Vendors and where they are: bodies, resources, frames and events. */

const degrees = (limit: number) => z.number().min(-limit).max(limit);

/** WGS 84 degrees. JSON knows no NaN and no infinity; gRPC does, and is refused by the same schema. */
export const Position = z.object({
  lat: degrees(90),
  long: degrees(180),
  heading: z.number().min(0).max(360).optional().describe('degrees from north'),
  speed: z.number().min(0).max(10_000).optional().describe('m/s'),
  accuracy: z.number().min(0).max(100_000).optional().describe('m'),
});
export type Position = z.infer<typeof Position>;

export const Vendor = z.object({
  id: z.string(),
  companyId: z.string(),
  ownerId: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  category: z.string().nullable(),
  isOpen: z.boolean(),
  location: Position.nullable().describe('null: never reported'),
  locatedAt: Time.nullable().describe('when the vendor was there'),
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Vendor = z.infer<typeof Vendor>;

export const CreateVendor = z.object({
  name: text(200),
  description: text(2000).nullish(),
  category: text(100).nullish(),
  isOpen: z.boolean().default(false),
  /** Staff name the vendor's user; a vendor user is the owner. */
  ownerId: Id.optional(),
  /** Needed of a caller who belongs to no company; others' own company is used. */
  companyId: Id.optional(),
});
export type CreateVendor = z.infer<typeof CreateVendor>;

export const ChangeVendor = z
  .object({
    name: text(200).optional(),
    description: text(2000).nullish(),
    category: text(100).nullish(),
    isOpen: z.boolean().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'Give name, description, category, isOpen or several of them',
  });
export type ChangeVendor = z.infer<typeof ChangeVendor>;

export const VendorQuery = ListQuery.extend({
  category: text(100).optional(),
  isOpen: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  ownerId: Id.optional(),
  companyId: Id.optional(),
  q: z.string().trim().max(200).optional().describe('searches name, description and category'),
});
export type VendorQuery = z.infer<typeof VendorQuery>;

export const MAX_NEARBY = 200;
const Degrees = (limit: number) => z.coerce.number().min(-limit).max(limit);
export const NearbyQuery = z.object({
  lat: Degrees(90),
  long: Degrees(180),
  radius: z.coerce.number().positive().max(20_100_000).default(5_000).describe('metres'),
  limit: z.coerce.number().int().min(1).max(MAX_NEARBY).default(50),
  category: text(100).optional(),
  isOpen: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});
export type NearbyQuery = z.infer<typeof NearbyQuery>;
export const NearbyVendor = Vendor.extend({ distanceMeters: z.number() });
export type NearbyVendor = z.infer<typeof NearbyVendor>;

/** One point of a day's trail. */
export const TrailPoint = z.object({ at: Time, lat: z.number(), long: z.number() });
export type TrailPoint = z.infer<typeof TrailPoint>;
export const TrailQuery = z.object({
  day: z.iso.date().optional().describe('UTC day; absent: today'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('batches of up to some minutes each'),
  cursor: z.string().max(500).optional(),
});
/** A batch holds the points of some seconds or minutes, oldest first. */
export const TrailBatch = z.object({ from: Time, to: Time, points: z.array(TrailPoint) });
export type TrailBatch = z.infer<typeof TrailBatch>;

// Client → server

export const SubscribeLocation = z.object({ vendorId: Id, userId: Id.optional() });
export const UnsubscribeLocation = SubscribeLocation;
export const SubscribeVendor = z.object({ vendorId: Id, userId: Id.optional(), since: Since.nullish() });
export const UnsubscribeVendor = z.object({ vendorId: Id, userId: Id.optional() });
/** `west` above `east` crosses the antimeridian. */
export const Bounds = z
  .object({ north: degrees(90), south: degrees(90), east: degrees(180), west: degrees(180) })
  .refine(({ north, south }) => north >= south, { message: 'north must not be below south', path: ['north'] });
export type Bounds = z.infer<typeof Bounds>;
export const SubscribeArea = z.object({ bounds: Bounds });
export const UnsubscribeArea = z.object({ bounds: Bounds.optional() }).optional();
export const UpdateLocation = z.object({
  vendorId: Id,
  location: Position,
  recordedAt: Moment.optional().describe('absent: now; one that is older than the known position changes nothing'),
});
export type UpdateLocation = z.infer<typeof UpdateLocation>;

/** A vendor as `area` tells it; `vendorId` as in every location frame. */
export const AreaVendor = Vendor.extend({ vendorId: z.string() });
export type AreaVendor = z.infer<typeof AreaVendor>;

export type SubscribeLocationAck = Ack<{ vendorId: string; location: Position | null; timestamp: string | null }>;
export type UnsubscribeLocationAck = Ack<{ vendorId: string; location: Position | null }>;
export type SubscribeVendorAck = Ack<{ vendorId: string; location: Position | null } & Subscribed<Vendor>>;
export type UnsubscribeVendorAck = Ack<{ vendorId: string; location: Position | null }>;
/** `truncated`: there are more than one map can show; these are an even sample that stays the same as the map moves. */
export type AreaAck = Ack<{ vendors: AreaVendor[]; truncated: boolean }>;
export type UpdateLocationAck = Ack<{ vendorId: string; location: Position; timestamp: string }>;

// Server → client

/** What a map needs of a vendor that comes into view, or that changed while it is in view. */
export const VendorBrief = Vendor.pick({
  id: true,
  companyId: true,
  ownerId: true,
  name: true,
  description: true,
  category: true,
  isOpen: true,
});
export type VendorBrief = z.infer<typeof VendorBrief>;

/** Ephemeral: newest wins. `timestamp` is when the vendor was there. */
export const LocationUpdated = envelope('location_updated', {
  vendorId: z.string(),
  location: Position,
  left: z.literal(true).optional().describe('it went out of the area'),
  vendor: VendorBrief.optional().describe('in areas: when it came in, and when it changed'),
});
export type LocationUpdated = z.infer<typeof LocationUpdated>;

export const VendorUpdated = durable('vendor_updated', {
  vendorId: z.string(),
  vendor: Vendor.omit({ version: true, location: true, locatedAt: true }),
  changedBy: z.string(),
});
export type VendorUpdated = z.infer<typeof VendorUpdated>;
/** A notice to the staff of the vendor's company. */
export const VendorCreated = envelope('vendor:created', { vendorId: z.string(), vendor: Vendor });

// Raw frames

export const RawFrame = z.object({
  type: z.string().min(1).max(100),
  data: z.unknown().optional(),
  /** Optional; the answer to this very frame carries it back. */
  id: z.union([z.string().max(100), z.number()]).optional(),
});
export type RawFrame = z.infer<typeof RawFrame>;
/** Why the server closed a raw socket; 1009 (too big), 1007 (no text) and 1002 come from the protocol itself. */
export const RAW_CLOSE = {
  goingAway: 1001,
  notText: 1003,
  full: 1013,
  unauthenticated: 4401,
  forbidden: 4403,
  heartbeatLost: 4408,
  tooManyMessages: 4429,
} as const;
