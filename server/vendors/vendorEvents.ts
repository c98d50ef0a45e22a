import type { Vendor } from '../contract/vendors.ts';
import { publish, publishNotice } from '../websocket/publish.ts';
import socketManager from '../websocket/socketManager.ts';
import { roomsFor, vendorStream, vendorsAudience } from './access.ts';

/** What happens to vendors, as their followers hear it. */

export { broadcastLocationUpdate } from './positions.ts';

/** Tells of a changed vendor, in the transaction of the change. Answers its new version. */
export const emitVendorUpdated = (vendor: Vendor, changedBy: string): Promise<number> => {
  // The envelope carries the version; where it is goes its own, faster way.
  const { version: _, location: __, locatedAt: ___, ...fields } = vendor;
  return publish({
    stream: vendorStream(vendor.id),
    namespace: '/vendor',
    rooms: roomsFor(vendor.id, vendor.companyId),
    type: 'vendor_updated',
    payload: { vendorId: vendor.id, vendor: fields, changedBy },
  });
};

/** Tells a company's staff of a new vendor. */
export const emitVendorCreated = (vendor: Vendor): Promise<void> =>
  publishNotice({
    namespace: '/vendor',
    rooms: vendorsAudience(vendor.companyId),
    type: 'vendor:created',
    payload: { vendorId: vendor.id, vendor },
  });

/** How many clients of this node follow vendors or positions, by whatever door. */
export const getConnectedClients = (): number => {
  const { byNamespace } = socketManager.status();
  return (byNamespace['/location'] ?? 0) + (byNamespace['/vendor'] ?? 0);
};
