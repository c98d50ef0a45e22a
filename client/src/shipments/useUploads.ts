import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { DocumentType, ShipmentDocument } from '../../../server/contract/shipments.ts';
import { upload } from '../app/api.ts';
import { newId } from '../app/newId.ts';
import { partKey, shipmentPath } from './useShipment.ts';

export type Upload = { id: string; file: File; documentType: DocumentType; progress: number; error?: unknown };

/** Uploads that are under way or failed, for one shipment; a finished one is a document and leaves this list. */
export const useUploads = (shipmentId: string) => {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const aborts = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const running = aborts.current;
    return () => {
      for (const abort of running.values()) abort.abort();
    };
  }, []);

  const patch = (id: string, fields: Partial<Upload>) =>
    setUploads((all) => all.map((one) => (one.id === id ? { ...one, ...fields } : one)));
  const drop = (id: string) => {
    aborts.current.get(id)?.abort();
    aborts.current.delete(id);
    setUploads((all) => all.filter((one) => one.id !== id));
  };

  const run = async ({ id, file, documentType }: Upload) => {
    const body = new FormData();
    body.set('documentType', documentType);
    body.set('file', file);
    const abort = new AbortController();
    aborts.current.set(id, abort);
    try {
      await upload<ShipmentDocument>({
        path: `${shipmentPath(shipmentId)}/documents`,
        body,
        // A retry after a lost answer must not store the file twice.
        idempotencyKey: id,
        onProgress: (progress) => patch(id, { progress }),
        signal: abort.signal,
      });
      await client.invalidateQueries({ queryKey: partKey(shipmentId, 'documents') });
      drop(id);
    } catch (error) {
      if (!abort.signal.aborted) patch(id, { error });
    }
  };

  const start = (files: File[], documentType: DocumentType) => {
    const added = files.map((file) => ({ id: newId(), file, documentType, progress: 0 }));
    setUploads((all) => [...all, ...added]);
    for (const one of added) void run(one);
  };
  const retry = (one: Upload) => {
    const again: Upload = { id: one.id, file: one.file, documentType: one.documentType, progress: 0 };
    setUploads((all) => all.map((other) => (other.id === one.id ? again : other)));
    void run(again);
  };
  return { uploads, start, retry, drop };
};
