import { randomUUID } from 'node:crypto';
import type { Proof } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';

/** Photos that show a delivery, kept in the database: a dyno's disk is erased every day. */

type Row = {
  id: string;
  awb: string;
  file_name: string;
  mime_type: string;
  file_size: number;
  taken_at: Date;
  by: string;
};
const COLUMNS = 'id, awb, file_name, mime_type, file_size, taken_at, by';
const toProof = (row: Row): Proof => ({
  id: row.id,
  awb: row.awb,
  fileName: row.file_name,
  mimeType: row.mime_type,
  fileSize: row.file_size,
  takenAt: row.taken_at.toISOString(),
  by: row.by,
});

export const insertProof = async (
  awb: string,
  by: string,
  photo: { fileName: string; mimeType: string; takenAt: string; content: Buffer },
): Promise<Proof> => {
  const [row] = await query<Row>(
    `with touched as (update parcels set updated_at = clock_timestamp() where awb = $2)
     insert into parcel_proofs (id, awb, file_name, mime_type, file_size, taken_at, by, content)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
    [randomUUID(), awb, photo.fileName, photo.mimeType, photo.content.length, photo.takenAt, by, photo.content],
  );
  return toProof(row!);
};

export const listProofs = async (awb: string): Promise<Proof[]> =>
  (
    await query<Row>(`select ${COLUMNS} from parcel_proofs where awb = $1 order by taken_at desc, id desc limit 200`, [
      awb,
    ])
  ).map(toProof);

/** A photo with its content. Throws NOT_FOUND. */
export const readProof = async (awb: string, id: string): Promise<{ proof: Proof; content: Buffer }> => {
  const [row] = await query<Row & { content: Buffer }>(
    `select ${COLUMNS}, content from parcel_proofs where awb = $1 and id = $2`,
    [awb, id],
  );
  if (!row) throw notFound('Proof');
  return { proof: toProof(row), content: row.content };
};
