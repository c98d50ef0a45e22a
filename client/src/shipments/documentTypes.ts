import type { DocumentType } from '../../../server/contract/shipments.ts';

export const DOCUMENT_TYPES: Record<DocumentType, string> = {
  proof_of_delivery: 'Proof of delivery',
  invoice: 'Invoice',
  packing_list: 'Packing list',
  customs: 'Customs',
  photo: 'Photo',
  other: 'Other',
};

/** What the server takes, by content. */
export const ACCEPTED = {
  'application/pdf': ['.pdf'],
  'image/png': ['.png'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/webp': ['.webp'],
  'text/csv': ['.csv'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['.xlsx'],
};
export const MAX_BYTES = 10 * 1024 * 1024;

export const size = (bytes: number) =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1000)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`;
