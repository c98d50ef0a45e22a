import type { List } from '../../../server/contract/common.ts';
import { request, requestBlob } from '../app/api.ts';
import type { Parcel, ParcelStatus, Photo, TrackingLink, TrailPoint } from './wire.ts';

/** The requests of parcel tracking. */

export const parcelPath = (awb: string) => `/api/tracking/${encodeURIComponent(awb)}`;

export const readParcel = (awb: string, signal?: AbortSignal) =>
  request<Parcel>(parcelPath(awb), signal ? { signal } : {});

export type ParcelFilters = { status: ParcelStatus | ''; q: string };

export const readParcels = (filters: ParcelFilters, cursor: string | null, signal: AbortSignal) => {
  const query = new URLSearchParams({ limit: '100' });
  if (filters.status) query.set('status', filters.status);
  if (filters.q) query.set('q', filters.q);
  if (cursor) query.set('cursor', cursor);
  return request<List<Parcel>>(`/api/tracking?${query}`, { signal });
};

/** The whole trail, page by page, as far as `most` points. */
export const readTrail = async (awb: string, signal: AbortSignal, most = 5000): Promise<TrailPoint[]> => {
  const points: TrailPoint[] = [];
  const query = new URLSearchParams({ limit: '1000' });
  while (points.length < most) {
    const page = await request<List<TrailPoint>>(`${parcelPath(awb)}/trail?${query}`, { signal });
    points.push(...page.items);
    if (!page.nextCursor) break;
    query.set('cursor', page.nextCursor);
  }
  return points;
};

export type NewStatus = { status: ParcelStatus; description?: string; location?: { lat: number; long: number } };

export const setStatus = (awb: string, body: NewStatus, ifMatch: number, idempotencyKey: string) =>
  request<Parcel>(`${parcelPath(awb)}/status`, { method: 'POST', body, ifMatch, idempotencyKey });
export const setEta = (awb: string, eta: string | null, ifMatch: number) =>
  request<Parcel>(`${parcelPath(awb)}/eta`, { method: 'PUT', body: { eta }, ifMatch });
export const assignRider = (awb: string, riderId: string, ifMatch: number) =>
  request<Parcel>(`${parcelPath(awb)}/rider`, { method: 'PUT', body: { riderId }, ifMatch });

export type Rider = { id: string; username: string };
export const readRiders = (signal: AbortSignal) => request<{ items: Rider[] }>('/api/tracking/riders', { signal });

export const createLink = (awb: string, expiresInHours: number, idempotencyKey: string) =>
  request<TrackingLink>(`${parcelPath(awb)}/links`, { method: 'POST', body: { expiresInHours }, idempotencyKey });
export const revokeLink = (awb: string, id: string) =>
  request<void>(`${parcelPath(awb)}/links/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const readPhotos = (awb: string, signal: AbortSignal) =>
  request<{ items: Photo[] }>(`${parcelPath(awb)}/proofs`, { signal });
export const readPhoto = (awb: string, id: string, signal: AbortSignal) =>
  requestBlob(`${parcelPath(awb)}/proofs/${encodeURIComponent(id)}`, signal);

export type Watched = { awb: string; subscribers: number };
export const readSubscriptions = (signal: AbortSignal) =>
  request<{ items: Watched[] }>('/api/tracking/subscriptions', { signal });
