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
/** Ours, beyond what was agreed with others. */
const OURS: Record<string, string> = { 'import:progress': 'importId processed created updated rejected done' };

const CLIENT_EVENTS = {
  '*': ['auth:refresh', 'ping', 'resume'],
  '/': ['join:shipment', 'leave:shipment'],
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
    assert.deepEqual(
      [...(await contractEvents()).keys()].sort(),
      Object.keys({ ...CONNECTION, ...SHIPMENTS_DURABLE, ...SHIPMENTS_OTHER, ...OURS }).sort(),
    );
  });

  it('keeps the agreed fields in each', async () => {
    const events = await contractEvents();
    const agreed = { ...CONNECTION, ...SHIPMENTS_DURABLE, ...SHIPMENTS_OTHER, ...OURS };
    for (const [name, fields] of Object.entries(agreed))
      for (const field of ['type', 'timestamp', ...fields.split(' ').filter(Boolean)])
        assert.ok(hasField(events.get(name)!, field.split('.')), `${name} has lost ${field}`);
  });

  it('gives a version to durable events and to no others', async () => {
    const durable = [...(await contractEvents())].filter(([, schema]) => hasField(schema, ['version']));
    assert.deepEqual(durable.map(([name]) => name).sort(), Object.keys(SHIPMENTS_DURABLE).sort());
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
