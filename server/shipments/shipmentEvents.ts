import type { Inspection, Rejection, Shipment, ShipmentDocument, Warehouse } from '../contract/shipments.ts';
import { notFound } from '../platform/errors.ts';
import { publish, publishEach, publishNotice, publishNotices } from '../websocket/publish.ts';
import { userRoom } from '../websocket/rooms.ts';
import { roomsFor, shipmentStream, shipmentsAudience } from './access.ts';
import { findCompany } from './store.ts';

/**
 * What happens to shipments, as their watchers hear it. Controllers call these in the transaction of the change;
 * the events go out when it commits.
 */

/** Publishes a durable event of a shipment whose company the caller may not have at hand. Answers its version. */
const publishFor = async (shipmentId: string, type: string, payload: object, companyId?: string): Promise<number> => {
  const owner = companyId ?? (await findCompany(shipmentId));
  if (owner === undefined) throw notFound('Shipment');
  return publish({
    stream: shipmentStream(shipmentId),
    rooms: roomsFor(shipmentId, owner),
    type,
    payload: { shipmentId, ...payload },
  });
};

type ShipmentEvent = { shipmentId: string; companyId: string; type: string; payload: object };

/** Publishes events of shipments in one statement. Answers the last version of each by id. */
const publishForEach = async (events: ShipmentEvent[]): Promise<Map<string, number>> => {
  const versions = await publishEach(
    events.map(({ shipmentId, companyId, type, payload }) => ({
      stream: shipmentStream(shipmentId),
      rooms: roomsFor(shipmentId, companyId),
      type,
      payload: { shipmentId, ...payload },
    })),
  );
  return new Map(events.map(({ shipmentId }) => [shipmentId, versions.get(shipmentStream(shipmentId))!]));
};

const created = (shipment: Shipment) => ({
  rooms: [...shipmentsAudience(shipment.companyId), ...(shipment.supplierId ? [userRoom(shipment.supplierId)] : [])],
  type: 'shipment:created',
  payload: { shipmentId: shipment.id, shipment },
});

/** Tells a company, and the supplier, of a new shipment. */
export const emitShipmentCreated = (shipment: Shipment): Promise<void> => publishNotice(created(shipment));

/** The same for many at once, as an import adds them. */
export const emitShipmentsCreated = (shipments: Shipment[]): Promise<void> => publishNotices(shipments.map(created));

const updated = (shipment: Shipment, changedBy: string, note: string | undefined) => {
  // The envelope carries the version that this very event gives the shipment.
  const { version: _, ...current } = shipment;
  const { status, statusChangedAt } = shipment;
  return { status, statusChangedAt, changedBy, ...(note !== undefined && { note }), shipment: current };
};

/** Tells of many changed shipments at once. Answers their new versions by id. */
export const emitShipmentStatusChanges = (
  changes: { shipment: Shipment; changedBy: string; note?: string | undefined }[],
): Promise<Map<string, number>> =>
  publishForEach(
    changes.map(({ shipment, changedBy, note }) => ({
      shipmentId: shipment.id,
      companyId: shipment.companyId,
      type: 'shipment:updated',
      payload: updated(shipment, changedBy, note),
    })),
  );

/** Tells of a changed shipment. Answers its new version. */
export const emitShipmentStatusChange = (
  shipmentId: string,
  shipment: Shipment,
  changedBy: string,
  note?: string,
): Promise<number> =>
  publishFor(shipmentId, 'shipment:updated', updated(shipment, changedBy, note), shipment.companyId);

/** Tells why a shipment was rejected; its `shipment:updated` comes before. Answers the new version. */
export const emitShipmentRejection = (shipmentId: string, rejection: Rejection): Promise<number> => {
  const { shipmentId: _, ...fields } = rejection;
  return publishFor(shipmentId, 'shipment:rejected', { rejection: fields });
};

/** Tells of many inspections at once, several of one shipment in their order. Answers the shipment's version after each. */
export const emitInspectionStatusChanges = async (
  changes: { inspection: Inspection; companyId: string }[],
): Promise<number[]> => {
  const next = await publishForEach(
    changes.map(({ inspection: { shipmentId, ...inspection }, companyId }) => ({
      shipmentId,
      companyId,
      type: 'inspection:updated',
      payload: { inspection },
    })),
  );
  // Consecutive, up to the last of each shipment.
  return changes
    .toReversed()
    .map(({ inspection: { shipmentId } }) => {
      const version = next.get(shipmentId)!;
      next.set(shipmentId, version - 1);
      return version;
    })
    .reverse();
};

/** The same of one whose company the caller may not have at hand. Answers its new version. */
export const emitInspectionStatusChange = (
  shipmentId: string,
  inspection: Inspection,
  companyId?: string,
): Promise<number> => {
  const { shipmentId: _, ...fields } = inspection;
  return publishFor(shipmentId, 'inspection:updated', { inspection: fields }, companyId);
};

const describe = ({ id, fileName, documentType, fileSize, uploadedAt, uploadedBy, isVerified }: ShipmentDocument) => ({
  document: { id, fileName, documentType, fileSize, uploadedAt, uploadedBy, isVerified },
});

/** Tells of a document that `uploadedBy` (a username) added. */
export const emitDocumentUploaded = (
  shipmentId: string,
  document: ShipmentDocument,
  uploadedBy: string,
): Promise<number> => publishFor(shipmentId, 'document:uploaded', describe({ ...document, uploadedBy }));

/** The same for a document that the supplier added. */
export const emitSupplierDocumentUpload = (shipmentId: string, document: ShipmentDocument): Promise<number> =>
  publishFor(shipmentId, 'document:uploaded', describe(document));

export const emitDocumentVerified = (shipmentId: string, document: ShipmentDocument): Promise<number> =>
  publishFor(shipmentId, 'document:verified', describe(document));

/** Tells a company how full one of its warehouses is. */
export const emitWarehouseCapacityChange = ({
  id,
  companyId,
  total,
  available,
  utilization,
}: Warehouse): Promise<void> =>
  publishNotice({
    rooms: shipmentsAudience(companyId),
    type: 'warehouse:capacity_updated',
    payload: { warehouseId: id, capacity: { total, available, utilization } },
  });
