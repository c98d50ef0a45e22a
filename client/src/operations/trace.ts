import type { Trace, TraceOutcome } from '../../../server/contract/operations.ts';
import { request } from '../app/api.ts';

export type Asked = { stream: string; user: string };

/** Follows the last events of a stream to one person. Throws ApiError. */
export const readTrace = ({ stream, user }: Asked, signal: AbortSignal) =>
  request<Trace>(`/api/admin/trace?${new URLSearchParams({ stream, user })}`, { signal });

/** What can be followed, and how its number looks. */
export const KINDS = [
  { value: 'shipment', label: 'Shipment', example: 'its id, from the address of its page' },
  { value: 'tracking', label: 'Parcel', example: 'FX12345678' },
  { value: 'order', label: 'Order', example: 'its id' },
  { value: 'product', label: 'Product', example: 'its id' },
  { value: 'route', label: 'Departure', example: 'its id' },
  { value: 'vendor', label: 'Vendor', example: 'its id' },
  { value: 'notifications', label: 'Notifications', example: '' },
] as const;

export const streamOf = (kind: string, id: string) => (kind === 'notifications' ? kind : `${kind}:${id.trim()}`);
export const partsOf = (stream: string): { kind: string; id: string } => {
  const colon = stream.indexOf(':');
  return colon < 0
    ? { kind: stream || 'shipment', id: '' }
    : { kind: stream.slice(0, colon), id: stream.slice(colon + 1) };
};

/** Stations between the commit and the screen; `reached` counts those that an outcome has behind it. */
export const STATIONS = ['Committed', 'On their node', 'At their connection', 'On their screen'] as const;
export const REACHED: Record<TraceOutcome, 1 | 2 | 3 | 4> = {
  acknowledged: 4,
  caught_up: 4,
  sent: 3,
  not_read: 3,
  cut_off: 2,
  connection_lost: 2,
  not_subscribed: 2,
  not_connected: 1,
  not_dispatched: 1,
  redacted: 1,
  no_right: 1,
  forgotten: 1,
};
/** How an outcome is to be read: it arrived, it may have, it did not, or nobody can tell. */
export const MOOD: Record<TraceOutcome, 'good' | 'open' | 'bad' | 'unknown'> = {
  acknowledged: 'good',
  caught_up: 'good',
  sent: 'open',
  not_read: 'bad',
  cut_off: 'bad',
  connection_lost: 'bad',
  not_subscribed: 'bad',
  not_connected: 'bad',
  not_dispatched: 'bad',
  redacted: 'bad',
  no_right: 'bad',
  forgotten: 'unknown',
};
export const LABEL: Record<TraceOutcome, string> = {
  acknowledged: 'On their screen',
  caught_up: 'Caught up',
  sent: 'Sent',
  not_read: 'Not read',
  cut_off: 'Cut off',
  connection_lost: 'Connection lost',
  not_subscribed: 'Not following',
  not_connected: 'Not connected',
  not_dispatched: 'Under way',
  redacted: 'Not theirs to see',
  no_right: 'No right',
  forgotten: 'Unknown',
};
