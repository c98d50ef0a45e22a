import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ListQuery } from '../contract/common.ts';
import type { DocumentType, ShipmentDocument } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

type Row = {
  id: string;
  shipment_id: string;
  file_name: string;
  document_type: DocumentType;
  mime_type: string;
  file_size: number;
  uploaded_by: string;
  uploaded_at: Date;
  updated_at: Date;
  is_verified: boolean;
  verified_by: string | null;
  verified_at: Date | null;
};

const toDocument = (row: Row): ShipmentDocument => ({
  id: row.id,
  shipmentId: row.shipment_id,
  fileName: row.file_name,
  documentType: row.document_type,
  mimeType: row.mime_type,
  fileSize: row.file_size,
  uploadedAt: row.uploaded_at.toISOString(),
  uploadedBy: row.uploaded_by,
  isVerified: row.is_verified,
  verifiedBy: row.verified_by,
  verifiedAt: row.verified_at?.toISOString() ?? null,
});

/** Adds a document with its content, and its line in the timeline. */
export const insertDocument = async (
  shipmentId: string,
  by: string,
  document: { fileName: string; documentType: DocumentType; mimeType: string; content: Buffer },
): Promise<ShipmentDocument> => {
  const [row] = await query<Row>(
    `with touched as (
       update shipments set updated_at = clock_timestamp() where id = $2
     ), document as (
       insert into documents (id, shipment_id, file_name, document_type, mime_type, file_size, uploaded_by)
       values ($1, $2, $3, $4, $5, $6, $7) returning *
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, to_status, note)
       values ($2, $7, 'document_uploaded', $4, $3)
     )
     select * from document`,
    [
      randomUUID(),
      shipmentId,
      document.fileName,
      document.documentType,
      document.mimeType,
      document.content.length,
      by,
    ],
  );
  await query('insert into document_contents (document_id, content) values ($1, $2)', [row!.id, document.content]);
  return toDocument(row!);
};

const Position = z.tuple([z.iso.datetime(), z.string()]);

/** One page of a shipment's documents, newest first, or with `updatedSince` oldest change first. */
export const listDocuments = async (shipmentId: string, { limit, cursor, updatedSince }: ListQuery) => {
  const position = decodeCursor(cursor, Position);
  const [column, after, direction] =
    updatedSince === undefined ? ['uploaded_at', '<', 'desc'] : ['updated_at', '>', 'asc'];
  const rows = await query<Row>(
    `select * from documents
     where shipment_id = $1 and ($2::timestamptz is null or (${column}, id) ${after} ($2, $3))
       and ($5::timestamptz is null or updated_at >= $5)
     order by ${column} ${direction}, id ${direction} limit $4`,
    [shipmentId, position?.[0] ?? null, position?.[1] ?? null, limit + 1, updatedSince ?? null],
  );
  const page = toPage(rows, limit, (row) => [row[updatedSince === undefined ? 'uploaded_at' : 'updated_at'], row.id]);
  return { ...page, items: page.items.map(toDocument) };
};

/** A document with its content. Throws NOT_FOUND. */
export const readDocument = async (
  shipmentId: string,
  documentId: string,
): Promise<{ document: ShipmentDocument; content: Buffer }> => {
  const [row] = await query<Row & { content: Buffer }>(
    `select d.*, c.content from documents d join document_contents c on c.document_id = d.id
     where d.id = $1 and d.shipment_id = $2`,
    [documentId, shipmentId],
  );
  if (!row) throw notFound('Document');
  return { document: toDocument(row), content: row.content };
};

/** Marks a document as checked, or takes that back, and writes the timeline. Throws NOT_FOUND. */
export const setVerified = async (
  shipmentId: string,
  documentId: string,
  isVerified: boolean,
  by: string,
): Promise<ShipmentDocument> => {
  const [row] = await query<Row>(
    `with document as (
       update documents set
         is_verified = $3,
         verified_by = case when $3 then $4 end,
         verified_at = case when $3 then clock_timestamp() end,
         updated_at = clock_timestamp()
       where id = $1 and shipment_id = $2 returning *
     ), touched as (
       update shipments set updated_at = clock_timestamp() where id in (select shipment_id from document)
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, to_status, note)
       select shipment_id, $4, 'document_verified', case when $3 then 'verified' else 'not verified' end, file_name from document
     )
     select * from document`,
    [documentId, shipmentId, isVerified, by],
  );
  if (!row) throw notFound('Document');
  return toDocument(row);
};
