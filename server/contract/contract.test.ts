import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { contractEvents } from '../testing/contractEvents.ts';
import { ERROR_STATUS } from './common.ts';

/**
 * The names that clients rely on, typed out once more by hand: renaming one in the schemas has to fail here, since it
 * would break every client that is out there. Adding a field is fine, losing one is not.
 */

process.env.LOG_LEVEL = 'silent';

/** Server → client, with the fields besides `type` and `timestamp`. */
const CONNECTION: Record<string, string> = {
  connected: 'message socketId userId rooms',
  heads: 'streams',
  pong: '',
  error: 'event code message details',
  'auth:expiring': 'expiresAt',
  'server:draining': 'reconnectInMs',
};
const SHIPMENTS_DURABLE: Record<string, string> = {
  'shipment:updated':
    'shipmentId status statusChangedAt changedBy shipment shipment.id shipment.poNumber shipment.status shipment.eta',
  'shipment:rejected': 'shipmentId rejection rejection.id rejection.reason rejection.rejectedBy rejection.rejectedAt',
  'inspection:updated':
    'shipmentId inspection inspection.status inspection.notes inspection.inspectedBy inspection.updatedAt',
  'document:uploaded':
    'shipmentId document document.id document.fileName document.documentType document.fileSize document.uploadedAt document.uploadedBy document.isVerified',
  'document:verified':
    'shipmentId document document.id document.fileName document.documentType document.fileSize document.uploadedAt document.uploadedBy document.isVerified',
};
const SHIPMENTS_OTHER: Record<string, string> = {
  'shipment:created': 'shipmentId shipment shipment.id shipment.poNumber shipment.status shipment.version',
  'user:viewing': 'shipmentId userId username socketId viewersCount',
  'user:disconnected': 'shipmentId userId socketId viewersCount',
  'warehouse:capacity_updated': 'warehouseId capacity capacity.total capacity.available capacity.utilization',
};
const VENDORS_DURABLE: Record<string, string> = {
  vendor_updated: 'vendorId vendor vendor.name vendor.description vendor.category vendor.isOpen',
};
const VENDORS_OTHER: Record<string, string> = { location_updated: 'vendorId location location.lat location.long left' };
const SEATS_DURABLE: Record<string, string> = {
  seat_update: 'eventType routeId seatNumber ticketId status metadata metadata.reason metadata.expiresAt',
};
const SEATS_OTHER: Record<string, string> = {
  subscribed: 'routeId version',
  unsubscribed: 'routeId',
  seat_availability: 'routeId version seats available total',
};
/** Ours, beyond what was agreed with others. */
const OURS: Record<string, string> = {
  'import:progress': 'importId processed created updated rejected done',
  'vendor:created': 'vendorId vendor vendor.id vendor.version',
};
const OURS_SEATS: Record<string, string> = {
  'route:created': 'routeId route route.id route.version',
  'route:updated': 'routeId available total status departsAt',
  'ticket:updated': 'ticketId routeId seatNumber status expiresAt reason',
  'waiting:updated': 'waitingId routeId status ticketId',
  'routes:import_progress': 'importId phase processed total done',
};
const TRACKING_DURABLE: Record<string, string> = {
  'status-update': 'awb status description location location.lat location.long location.recordedAt location.source',
  // Without a version where it is computed.
  'eta-update': 'awb eta minutes distanceMeters',
  'rider-approaching': 'awb distanceMeters minutes',
};
const OURS_TRACKING_DURABLE: Record<string, string> = { 'rider-assigned': 'awb riderId', 'proof-added': 'awb proof' };
const TRACKING_OTHER: Record<string, string> = {
  'location-update': 'awb location location.lat location.long location.recordedAt location.source',
  'parcel-changed': 'awb change status parcelVersion',
};
const ORDER = 'orderId orderNumber';
const STOCK = 'productId productName shopId quantity threshold';
const NOTIFIED = 'id kind priority subject content metadata unread';
const COMMERCE_DURABLE: Record<string, string> = {
  'order:update': `${ORDER} status message`,
  'payment:update': `${ORDER} paymentStatus message`,
  'inventory:stock_changed': STOCK,
  'notification:new': NOTIFIED,
  'notification:broadcast': NOTIFIED,
  'notification:read': 'id unread',
};
const COMMERCE_OTHER: Record<string, string> = {
  'order:new_order': `${ORDER} status total shopId customerId`,
  'order:shop_order': `${ORDER} status total shopId customerId`,
  'order:status_updated': `${ORDER} status message`,
  'payment:status_updated': `${ORDER} paymentStatus message`,
  'inventory:updated': STOCK,
  'inventory:shop_update': STOCK,
  'inventory:low_stock_alert': `${STOCK} severity message`,
  'inventory:alert': `${STOCK} severity message`,
  'transfer:status_update': 'transferId status productId quantity fromShopId toShopId',
  'announcement:new': 'id subject content priority',
  typing: 'roomId userId username isTyping',
  'company:updated': 'companyId',
  'shop:updated': 'shopId',
  'product:updated': 'productId',
  'user:updated': 'userId',
  'webhook:disabled': 'webhookId url reason',
};
const DURABLE = {
  ...COMMERCE_DURABLE,
  ...TRACKING_DURABLE,
  ...OURS_TRACKING_DURABLE,
  ...SHIPMENTS_DURABLE,
  ...VENDORS_DURABLE,
  ...SEATS_DURABLE,
};
const AGREED: Record<string, string> = {
  ...CONNECTION,
  ...DURABLE,
  ...SHIPMENTS_OTHER,
  ...COMMERCE_OTHER,
  ...VENDORS_OTHER,
  ...SEATS_OTHER,
  ...TRACKING_OTHER,
  ...OURS,
  ...OURS_SEATS,
};

const CLIENT_EVENTS = {
  '*': ['auth:refresh', 'heads:ack', 'ping', 'resume'],
  '/': [
    'join:shipment',
    'join_room',
    'leave:shipment',
    'leave_room',
    'subscribe_inventory',
    'subscribe_notifications',
    'subscribe_order',
    'typing',
    'unsubscribe_inventory',
    'unsubscribe_order',
  ],
  '/location': ['subscribe_area', 'subscribe_location', 'unsubscribe_area', 'unsubscribe_location', 'update_location'],
  '/seats': ['get_seat_availability', 'server_time', 'subscribe_route', 'unsubscribe_route'],
  '/tracking': [
    'get-tracking',
    'report-location',
    'subscribe-fleet',
    'subscribe-tracking',
    'unsubscribe-fleet',
    'unsubscribe-tracking',
  ],
  '/vendor': ['subscribe_vendor', 'unsubscribe_vendor'],
};

const hasField = (schema: z.ZodType, path: string[]): boolean => {
  if (path.length === 0) return true;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return hasField(schema.unwrap() as z.ZodType, path);
  const [name, ...rest] = path;
  const field = schema instanceof z.ZodObject ? (schema.shape[name!] as z.ZodType | undefined) : undefined;
  return field !== undefined && hasField(field, rest);
};

describe('the contract', () => {
  it('sends exactly the agreed events', async () => {
    assert.deepEqual([...(await contractEvents()).keys()].sort(), Object.keys(AGREED).sort());
  });

  it('keeps the agreed fields in each', async () => {
    const events = await contractEvents();
    for (const [name, fields] of Object.entries(AGREED))
      for (const field of ['type', 'timestamp', ...fields.split(' ').filter(Boolean)])
        assert.ok(hasField(events.get(name)!, field.split('.')), `${name} has lost ${field}`);
  });

  it('gives a version to durable events and to no others', async () => {
    // Answers to the one who asked, which say where the stream is.
    const answers = ['subscribed', 'seat_availability'];
    const durable = [...(await contractEvents())].filter(
      ([name, schema]) => hasField(schema, ['version']) && !answers.includes(name),
    );
    assert.deepEqual(durable.map(([name]) => name).sort(), Object.keys(DURABLE).sort());
  });

  it('takes exactly the agreed client events', async () => {
    await import('../index.ts');
    const { clientEventNames } = await import('../websocket/clientEvents.ts');
    assert.deepEqual(
      Object.fromEntries(clientEventNames().map(({ namespace, events }) => [namespace, [...events].sort()])),
      CLIENT_EVENTS,
    );
  });

  it('knows the agreed error codes', () => {
    assert.deepEqual(ERROR_STATUS, {
      BAD_REQUEST: 400,
      UNAUTHENTICATED: 401,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      CONFLICT: 409,
      STALE: 412,
      UNPROCESSABLE: 422,
      IDEMPOTENCY_MISMATCH: 422,
      UNSUPPORTED_MEDIA_TYPE: 415,
      RATE_LIMITED: 429,
      TOO_LARGE: 413,
      UNAVAILABLE: 503,
      INTERNAL: 500,
    });
  });
});
