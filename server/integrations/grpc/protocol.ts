import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ErrorCode } from '../../contract/common.ts';

/** vendor.proto as both ends use it: messages, services, and what our errors are called there. */

const definition = loadSync(fileURLToPath(new URL('./proto/vendor.proto', import.meta.url)), {
  longs: Number,
  // A zero is not sent: without this a latitude of 0 would be missing.
  defaults: true,
});
const loaded = loadPackageDefinition(definition) as GrpcObject;
export const LocationService = loaded.LocationService as ServiceClientConstructor;
export const VendorService = loaded.VendorService as ServiceClientConstructor;

/** Absent messages are null, absent optional fields undefined. */
export type WirePosition = { lat: number; long: number };
export type WireTime = { seconds: number; nanos: number };
export type WireLocation = { vendorId: string; location: WirePosition | null; recordedAt: WireTime | null };
export type WireVendor = {
  id: string;
  companyId: string;
  ownerId: string;
  name: string;
  description: string;
  category: string;
  isOpen: boolean;
  location: WirePosition | null;
  version: number;
};
export type WireChange = {
  vendorId: string;
  name?: string;
  description?: string;
  category?: string;
  isOpen?: boolean;
};

export const toWireTime = (ms: number): WireTime => ({
  seconds: Math.floor(ms / 1000),
  nanos: Math.round((((ms % 1000) + 1000) % 1000) * 1_000_000),
});
export const fromWireTime = ({ seconds, nanos }: WireTime): number => seconds * 1000 + nanos / 1_000_000;

/** Google's codes for ours; https://grpc.io/docs/guides/status-codes/ */
export const STATUS: Record<ErrorCode, status> = {
  BAD_REQUEST: status.INVALID_ARGUMENT,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  NOT_FOUND: status.NOT_FOUND,
  CONFLICT: status.FAILED_PRECONDITION,
  STALE: status.ABORTED,
  TOO_LARGE: status.RESOURCE_EXHAUSTED,
  UNSUPPORTED_MEDIA_TYPE: status.INVALID_ARGUMENT,
  UNPROCESSABLE: status.FAILED_PRECONDITION,
  IDEMPOTENCY_MISMATCH: status.INVALID_ARGUMENT,
  RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  INTERNAL: status.INTERNAL,
  UNAVAILABLE: status.UNAVAILABLE,
};
