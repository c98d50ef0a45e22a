import type { ServerEvent } from '../../../server/contract/common.ts';
import type {
  EtaUpdate as EtaUpdateSchema,
  ParcelLocation,
  ParcelSummary,
  StatusUpdate as StatusUpdateSchema,
  TimelineStep,
} from '../../../server/contract/tracking.ts';

/** Parcels as they are on the wire. A list holds no timeline. */

export type {
  ParcelLocation,
  ParcelPlace as Spot,
  ParcelStatus,
  Proof as Photo,
  TimelineStep as ParcelStep,
  TrackingLink,
} from '../../../server/contract/tracking.ts';

export type Parcel = ParcelSummary & { timeline?: TimelineStep[] };

export type TrailPoint = { lat: number; long: number; recordedAt: string; mark?: string | null };

export type StatusUpdate = typeof StatusUpdateSchema._output;
export type EtaUpdate = typeof EtaUpdateSchema._output;
export type LocationUpdate = ServerEvent & { awb: string; location: ParcelLocation };
