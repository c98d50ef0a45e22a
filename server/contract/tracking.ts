import { z } from 'zod';
import { type Ack, durable, envelope, Id, ListQuery, Moment, Since, type Subscribed, Time, text } from './common.ts';

/** Courier tracking: parcels, where they are, the links that show one to a guest. */

export const PARCEL_STATUSES = [
  'CREATED',
  'PICKED_UP',
  'IN_TRANSIT',
  'AT_HUB',
  'OUT_FOR_DELIVERY',
  'DELIVERED',
  'FAILED_ATTEMPT',
  'RETURNED',
  'CANCELLED',
] as const;
export const ParcelStatus = z.enum(PARCEL_STATUSES);
export type ParcelStatus = z.infer<typeof ParcelStatus>;
/** Nothing follows these. */
export const FINAL_STATUSES: readonly ParcelStatus[] = ['DELIVERED', 'RETURNED', 'CANCELLED'];

export const Awb = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}[0-9]{8,12}$/, 'Expected two letters and 8 to 12 digits, such as FX12345678');

const Lat = z.number().min(-90).max(90);
const Long = z.number().min(-180).max(180);
const measured = {
  lat: Lat,
  long: Long,
  heading: z.number().min(0).max(360).nullish().describe('degrees from north'),
  speed: z.number().min(0).max(1000).nullish().describe('m/s'),
  accuracy: z.number().min(0).max(10_000_000).nullish().describe('m'),
};

/** Where something was, when, and who says so: its age can always be shown. */
export const ParcelLocation = z.object({
  lat: z.number(),
  long: z.number(),
  heading: z.number().optional(),
  speed: z.number().optional(),
  accuracy: z.number().optional(),
  recordedAt: Time,
  source: z.enum(['rider', 'staff', 'hub']),
});
export type ParcelLocation = z.infer<typeof ParcelLocation>;

const Place = z.object({ address: text(500), lat: Lat, long: Long });
/** As answered. A public view holds no address and rounds the place to 3 decimals. */
export const ParcelPlace = z.object({
  address: z.string().optional(),
  lat: z.number().nullable(),
  long: z.number().nullable(),
});
export type ParcelPlace = z.infer<typeof ParcelPlace>;

export const TimelineStep = z.object({
  status: ParcelStatus,
  description: z.string().nullable(),
  location: ParcelLocation.nullable(),
  at: Time,
  by: z.string().optional().describe('a username; staff, riders and merchants see it'),
});
export type TimelineStep = z.infer<typeof TimelineStep>;

/**
 * One parcel. Who sees what: staff, the assigned rider and a merchant who sent it see all; a recipient sees no `riderId` and
 * no `by`; a guest also no ids, no `companyId` and no addresses.
 */
export const Parcel = z.object({
  awb: z.string(),
  companyId: z.string().optional(),
  status: ParcelStatus,
  description: z.string().nullable(),
  origin: ParcelPlace,
  destination: ParcelPlace,
  senderId: z.string().nullable().optional(),
  recipientId: z.string().nullable().optional(),
  riderId: z.string().nullable().optional(),
  location: ParcelLocation.nullable(),
  eta: Time.nullable(),
  etaSource: z.enum(['staff', 'computed']).nullable(),
  statusChangedAt: Time,
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
  timeline: z.array(TimelineStep),
});
export type Parcel = z.infer<typeof Parcel>;
/** Lists hold no timeline: `GET /api/tracking/:awb` does. */
export const ParcelSummary = Parcel.omit({ timeline: true });
export type ParcelSummary = z.infer<typeof ParcelSummary>;

export const CreateParcel = z.object({
  awb: Awb.optional(),
  description: text(1000).nullish(),
  origin: z.union([
    z.object({ address: text(500), lat: Lat.nullish(), long: Long.nullish() }),
    text(500).transform((address) => ({ address, lat: null, long: null })),
  ]),
  destination: Place,
  senderId: Id.nullish(),
  recipientId: Id.nullish(),
  riderId: Id.nullish(),
  /** Needed of a caller who belongs to no company (super_admin); others' own company is used. */
  companyId: Id.optional(),
});
export type CreateParcel = z.infer<typeof CreateParcel>;

export const ParcelQuery = ListQuery.extend({
  status: z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(ParcelStatus))
    .optional()
    .describe('one status or several with commas'),
  riderId: Id.optional(),
  q: z.string().trim().max(200).optional().describe('searches AWB, description and addresses'),
});
export type ParcelQuery = z.infer<typeof ParcelQuery>;

export const Fix = z.object({ ...measured, recordedAt: Moment.nullish() });
export type Fix = z.infer<typeof Fix>;
/** `sequence` counts up on one device; with `deviceId` it makes a repeated fix known as a repeat. */
export const BatchFix = Fix.extend({ sequence: z.int().min(0).nullish() });
export const MAX_BATCH = 500;
/** What a phone gathered without network. Any order, any number of repeats: the same trail comes of it. */
export const LocationBatch = z.union([
  z.object({ deviceId: Id.nullish(), locations: z.array(BatchFix).min(1).max(MAX_BATCH) }),
  z
    .array(BatchFix)
    .min(1)
    .max(MAX_BATCH)
    .transform((locations) => ({ deviceId: null, locations })),
]);
export type LocationBatch = z.infer<typeof LocationBatch>;
export const LocationsAccepted = z.object({
  awb: z.string(),
  accepted: z.int().describe('new in the trail'),
  duplicates: z.int().describe('known already'),
  location: ParcelLocation.nullable().describe('where the parcel is now'),
});
export type LocationsAccepted = z.infer<typeof LocationsAccepted>;

export const ParcelStatusChange = z.object({
  status: ParcelStatus,
  description: text(1000).nullish(),
  location: Fix.nullish(),
  recordedAt: Moment.nullish().describe('when it happened, if it was told later'),
});
export type ParcelStatusChange = z.infer<typeof ParcelStatusChange>;
export const SetParcelEta = z.object({ eta: Moment.nullable() });
export const AssignRider = z.object({ riderId: Id.nullable() });
export const CreateLink = z.object({
  expiresInHours: z
    .number()
    .positive()
    .max(24 * 90)
    .default(24 * 14),
});
export const TrackingLink = z.object({
  id: z.string(),
  url: z.string().describe('the page, with the token'),
  token: z.string().describe('opens this one parcel on the socket and at GET /api/tracking/:awb'),
  expiresAt: Time,
});
export type TrackingLink = z.infer<typeof TrackingLink>;
export const ListedLink = z.object({
  id: z.string(),
  createdBy: z.string(),
  createdAt: Time,
  expiresAt: Time,
  revokedAt: Time.nullable(),
});

export const TrailPoint = ParcelLocation.extend({
  receivedAt: Time,
  mark: z
    .enum(['jump', 'inaccurate'])
    .nullable()
    .describe('kept, but not believed: impossible to reach since the fix before, or too vague'),
});
export type TrailPoint = z.infer<typeof TrailPoint>;
export const TrailQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  cursor: z.string().max(500).optional(),
});

export const Proof = z.object({
  id: z.string(),
  awb: z.string(),
  fileName: z.string(),
  mimeType: z.string(),
  fileSize: z.int().describe('bytes'),
  takenAt: Time,
  by: z.string().optional(),
});
export type Proof = z.infer<typeof Proof>;

export const ActiveSubscriptions = z.object({
  items: z.array(z.object({ awb: z.string(), subscribers: z.int() })),
});
export type ActiveSubscription = z.infer<typeof ActiveSubscriptions>['items'][number];

export const Riders = z.object({ items: z.array(z.object({ id: z.string(), username: z.string() })) });

// Client → server

export const SubscribeTracking = z.object({ awb: Awb, since: Since.nullish() });
export const UnsubscribeTracking = z.object({ awb: Awb });
export const GetTracking = z.object({ awb: Awb });
export const SubscribeFleet = z.object({}).nullish();
export const ReportLocation = z.object({ awb: Awb, location: Fix });
export type SubscribeTrackingAck = Ack<{ awb: string } & Subscribed<Parcel>>;
export type UnsubscribeTrackingAck = Ack<{ awb: string }>;
export type GetTrackingAck = Ack<{ awb: string; tracking: Parcel }>;
/** Events may arrive before this ack: apply those whose version is above the parcel's here. */
export type SubscribeFleetAck = Ack<{ parcels: ParcelSummary[] }>;
export type UnsubscribeFleetAck = Ack;
export type ReportLocationAck = Ack<{ awb: string }>;

// Server → client

export const StatusUpdate = durable('status-update', {
  awb: z.string(),
  status: ParcelStatus,
  description: z.string().nullable(),
  location: ParcelLocation.nullable(),
  at: Time.describe('when it happened'),
  by: z.string().optional(),
});
/** Durable (with `version`) when staff set it; ephemeral when computed. */
export const EtaUpdate = envelope('eta-update', {
  version: z.int().positive().optional(),
  awb: z.string(),
  eta: Time.nullable(),
  minutes: z.int().nullable().describe('from now, rounded'),
  distanceMeters: z.int().nullable().describe('the way that remains, estimated'),
  source: z.enum(['staff', 'computed']),
});
export const LocationUpdate = envelope('location-update', { awb: z.string(), location: ParcelLocation });
export const RiderApproaching = durable('rider-approaching', {
  awb: z.string(),
  distanceMeters: z.int(),
  minutes: z.int(),
});
/** Guests and recipients learn that something changed, not who rides. */
export const RiderAssigned = durable('rider-assigned', { awb: z.string(), riderId: z.string().nullable().optional() });
export const ProofAdded = durable('proof-added', { awb: z.string(), proof: Proof.optional() });
/** For lists: to the sender, the recipient and the riders a parcel concerns; a new one also to the fleet. */
export const ParcelChanged = envelope('parcel-changed', {
  awb: z.string(),
  change: z.enum(['created', 'status', 'eta', 'rider', 'proof']),
  status: ParcelStatus,
  parcelVersion: z.int().describe('read it again when yours is below'),
});
