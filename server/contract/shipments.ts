import { z } from 'zod';
import { type Ack, durable, envelope, Id, ListQuery, Moment, Since, type Subscribed, Time, text } from './common.ts';

/** Shipments and warehouses: bodies, resources, socket events. */

export const SHIPMENT_STATUSES = [
  'planned',
  'in_transit',
  'arrived',
  'inspecting',
  'received',
  'stored',
  'rejected',
  'cancelled',
] as const;
export const ShipmentStatus = z.enum(SHIPMENT_STATUSES);
export type ShipmentStatus = z.infer<typeof ShipmentStatus>;

export const InspectionStatus = z.enum(['pending', 'in_progress', 'passed', 'failed']);
export type InspectionStatus = z.infer<typeof InspectionStatus>;

export const DocumentType = z.enum(['proof_of_delivery', 'invoice', 'packing_list', 'customs', 'photo', 'other']);
export type DocumentType = z.infer<typeof DocumentType>;

export const Shipment = z.object({
  id: z.string(),
  companyId: z.string(),
  poNumber: z.string(),
  supplierId: z.string().nullable(),
  supplierName: z.string().nullable(),
  origin: z.string().nullable(),
  destination: z.string().nullable(),
  warehouseId: z.string().nullable(),
  status: ShipmentStatus,
  inspectionStatus: InspectionStatus.nullable(),
  eta: Time.nullable(),
  statusChangedAt: Time,
  changedBy: z.string(),
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Shipment = z.infer<typeof Shipment>;

export const CreateShipment = z.object({
  poNumber: text(100),
  supplierId: Id.nullish(),
  supplierName: text(200).nullish(),
  origin: text(200).nullish(),
  destination: text(200).nullish(),
  warehouseId: Id.nullish(),
  eta: Moment.nullish(),
  /** Needed of a caller who belongs to no company (super_admin); others' own company is used. */
  companyId: Id.optional(),
});
export type CreateShipment = z.infer<typeof CreateShipment>;

export const ShipmentQuery = ListQuery.extend({
  status: z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(ShipmentStatus))
    .optional()
    .describe('one status or several with commas'),
  warehouseId: Id.optional(),
  q: z.string().trim().max(200).optional().describe('searches PO number, supplier, origin and destination'),
});
export type ShipmentQuery = z.infer<typeof ShipmentQuery>;

/** `rejected` is set by the reject route only, since it needs a reason. */
export const StatusChange = z.object({
  status: ShipmentStatus.exclude(['rejected'], { error: 'Use the reject route to reject a shipment' }),
  note: text(1000).optional(),
});
export const Reject = z.object({ reason: text(1000) });
export const Rejection = z.object({
  id: z.string(),
  shipmentId: z.string(),
  reason: z.string(),
  rejectedBy: z.string(),
  rejectedAt: Time,
});
export type Rejection = z.infer<typeof Rejection>;

export const SetInspection = z.object({ status: InspectionStatus, notes: text(2000).nullish() });
export const Inspection = z.object({
  shipmentId: z.string(),
  status: InspectionStatus,
  notes: z.string().nullable(),
  inspectedBy: z.string(),
  updatedAt: Time,
});
export type Inspection = z.infer<typeof Inspection>;

export const ShipmentDocument = z.object({
  id: z.string(),
  shipmentId: z.string(),
  fileName: z.string(),
  documentType: DocumentType,
  mimeType: z.string(),
  fileSize: z.int().describe('bytes'),
  uploadedAt: Time,
  uploadedBy: z.string(),
  isVerified: z.boolean(),
  verifiedBy: z.string().nullable(),
  verifiedAt: Time.nullable(),
});
export type ShipmentDocument = z.infer<typeof ShipmentDocument>;
export const VerifyDocument = z.object({ isVerified: z.boolean() });

/** One line of a shipment's own history, which lives as long as the shipment. Newest first in `…/timeline`. */
export const TimelineEntry = z.object({
  id: z.string(),
  at: Time,
  by: z.string(),
  kind: z.enum(['created', 'imported', 'status', 'rejected', 'inspection', 'document_uploaded', 'document_verified']),
  from: z.string().nullable().describe('the status before, where one changed'),
  to: z.string().nullable().describe('the status after, or the verification'),
  note: z.string().nullable().describe('note, reason or file name'),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const Viewer = z.object({ userId: z.string(), username: z.string(), sockets: z.int(), since: Time });
export type Viewer = z.infer<typeof Viewer>;

export const ImportReport = z.object({
  created: z.int(),
  updated: z.int(),
  rejected: z.array(z.object({ line: z.int().describe('1 is the header'), message: z.string() })),
});
export type ImportReport = z.infer<typeof ImportReport>;

export const Warehouse = z.object({
  id: z.string(),
  companyId: z.string(),
  name: z.string(),
  total: z.int(),
  available: z.int(),
  utilization: z.number().describe('percent used, 0 to 100'),
  updatedAt: Time,
});
export type Warehouse = z.infer<typeof Warehouse>;
export const CreateWarehouse = z.object({
  name: text(200),
  total: z.int().min(0).max(1_000_000_000),
  companyId: Id.optional(),
});
export const SetCapacity = z
  .object({
    total: z.int().min(0).max(1_000_000_000).optional(),
    available: z.int().min(0).max(1_000_000_000).optional(),
  })
  .refine((body) => body.total !== undefined || body.available !== undefined, {
    message: 'Give total, available or both',
  });

// Client → server

export const JoinShipment = z.object({ shipmentId: Id, since: Since.nullish() });
export const LeaveShipment = z.object({ shipmentId: Id });
export type JoinShipmentAck = Ack<{ shipmentId: string; viewers: Viewer[] } & Subscribed<Shipment>>;
export type LeaveShipmentAck = Ack<{ shipmentId: string }>;

// Server → client

const eventDocument = ShipmentDocument.pick({
  id: true,
  fileName: true,
  documentType: true,
  fileSize: true,
  uploadedAt: true,
  uploadedBy: true,
  isVerified: true,
});

export const ShipmentCreated = envelope('shipment:created', { shipmentId: z.string(), shipment: Shipment });
export const ShipmentUpdated = durable('shipment:updated', {
  shipmentId: z.string(),
  status: ShipmentStatus,
  statusChangedAt: Time,
  changedBy: z.string(),
  note: z.string().optional(),
  shipment: Shipment.omit({ version: true }),
});
export const ShipmentRejected = durable('shipment:rejected', {
  shipmentId: z.string(),
  rejection: Rejection.omit({ shipmentId: true }),
});
export const InspectionUpdated = durable('inspection:updated', {
  shipmentId: z.string(),
  inspection: Inspection.omit({ shipmentId: true }),
});
export const DocumentUploaded = durable('document:uploaded', { shipmentId: z.string(), document: eventDocument });
export const DocumentVerified = durable('document:verified', { shipmentId: z.string(), document: eventDocument });
export const UserViewing = envelope('user:viewing', {
  shipmentId: z.string(),
  userId: z.string(),
  username: z.string(),
  socketId: z.string(),
  viewersCount: z.int(),
});
export const UserDisconnected = envelope('user:disconnected', {
  shipmentId: z.string(),
  userId: z.string(),
  socketId: z.string(),
  viewersCount: z.int(),
});
export const WarehouseCapacityUpdated = envelope('warehouse:capacity_updated', {
  warehouseId: z.string(),
  capacity: z.object({ total: z.int(), available: z.int(), utilization: z.number() }),
});

/** How far an import has come, to the importing user's own screens; `importId` is the caller's `?importId=`. */
export const ImportProgress = envelope('import:progress', {
  importId: z.string(),
  processed: z.int(),
  created: z.int(),
  updated: z.int(),
  rejected: z.int(),
  done: z.boolean(),
});
export type ImportProgress = z.infer<typeof ImportProgress>;

/** Durable events of the stream `shipment:{id}`. */
export type ShipmentEvent =
  | z.infer<typeof ShipmentUpdated>
  | z.infer<typeof ShipmentRejected>
  | z.infer<typeof InspectionUpdated>
  | z.infer<typeof DocumentUploaded>
  | z.infer<typeof DocumentVerified>;
