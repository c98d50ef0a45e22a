import type { Shipment } from '../../../server/contract/shipments.ts';

const AT = '2026-11-21T06:00:00.000Z';

/** A shipment for tests, just planned, of which nothing is known but what `fields` say. */
export const aShipment = (id: string, fields: Partial<Shipment> = {}): Shipment => ({
  id,
  companyId: 'acme',
  poNumber: `PO-${id}`,
  supplierId: null,
  supplierName: null,
  origin: null,
  destination: null,
  warehouseId: null,
  status: 'planned',
  inspectionStatus: null,
  eta: null,
  statusChangedAt: AT,
  changedBy: 'ana',
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  ...fields,
});
