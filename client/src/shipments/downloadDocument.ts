import type { ShipmentDocument } from '../../../server/contract/shipments.ts';
import { requestBlob } from '../app/api.ts';
import { saveFile } from '../app/saveFile.ts';
import { shipmentPath } from './useShipment.ts';

export const documentPath = ({ shipmentId, id }: ShipmentDocument) =>
  `${shipmentPath(shipmentId)}/documents/${encodeURIComponent(id)}`;

/** Fetches a document with the session's token and hands it to the browser's downloads. Throws ApiError. */
export const downloadDocument = async (document: ShipmentDocument): Promise<void> =>
  saveFile(await requestBlob(documentPath(document)), document.fileName);
