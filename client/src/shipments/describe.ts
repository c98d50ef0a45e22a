import type { Shipment, ShipmentEvent, TimelineEntry } from '../../../server/contract/shipments.ts';
import { day } from '../app/time.ts';
import { statusLabel } from './status.ts';

/** Changes in words. */

const date = (moment: string | null) => (moment ? day(moment) : 'none');
const arrow = (from: string, to: string) => `${from} → ${to}`;

type Content = Omit<Shipment, 'version'>;

/** What differs between two states of a shipment, the most telling first; undefined when nothing a reader sees does. */
export const difference = (before: Content, after: Content): string | undefined => {
  const parts: string[] = [];
  if (before.status !== after.status) parts.push(arrow(statusLabel(before.status), statusLabel(after.status)));
  if (before.inspectionStatus !== after.inspectionStatus && after.inspectionStatus)
    parts.push(`inspection ${statusLabel(after.inspectionStatus).toLowerCase()}`);
  if (before.eta !== after.eta) parts.push(`ETA ${arrow(date(before.eta), date(after.eta))}`);
  if (before.destination !== after.destination) parts.push(`to ${after.destination ?? 'no destination'}`);
  if (before.origin !== after.origin) parts.push(`from ${after.origin ?? 'no origin'}`);
  if (before.supplierName !== after.supplierName) parts.push(`supplier ${after.supplierName ?? 'removed'}`);
  if (before.warehouseId !== after.warehouseId) parts.push('warehouse changed');
  return parts.length > 0 ? parts.join(', ') : undefined;
};

type Told = { what: string; by: string; at: string };

/** A durable event as a clause that follows a name: "ana · moved it to Arrived". */
export const tell = (event: ShipmentEvent): Told => {
  const at = event.timestamp;
  switch (event.type) {
    case 'shipment:updated':
      return { what: `set it to ${statusLabel(event.status)}`, by: event.changedBy, at };
    case 'shipment:rejected':
      return { what: `rejected it: “${event.rejection.reason}”`, by: event.rejection.rejectedBy, at };
    case 'inspection:updated':
      return {
        what: `set the inspection to ${statusLabel(event.inspection.status).toLowerCase()}`,
        by: event.inspection.inspectedBy,
        at,
      };
    case 'document:uploaded':
      return { what: `added ${event.document.fileName}`, by: event.document.uploadedBy, at };
    case 'document:verified':
      return {
        what: `${event.document.isVerified ? 'verified' : 'withdrew the verification of'} ${event.document.fileName}`,
        by: '',
        at,
      };
  }
};

/** A timeline entry's clause, without the name. */
export const tellEntry = ({ kind, from, to, note }: TimelineEntry): string => {
  switch (kind) {
    case 'created':
      return 'created the shipment';
    case 'imported':
      return from && to && from !== to ? `imported ${arrow(statusLabel(from), statusLabel(to))}` : 'imported it';
    case 'status':
      return from && to
        ? `moved it ${arrow(statusLabel(from), statusLabel(to))}`
        : `set it to ${statusLabel(to ?? '')}`;
    case 'rejected':
      return 'rejected it';
    case 'inspection':
      return `set the inspection to ${statusLabel(to ?? 'pending').toLowerCase()}`;
    case 'document_uploaded':
      return `added ${note ?? 'a document'}`;
    case 'document_verified':
      return `${to === 'verified' ? 'verified' : 'withdrew the verification of'} ${note ?? 'a document'}`;
  }
};
