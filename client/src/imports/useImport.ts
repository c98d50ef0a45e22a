import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { ImportProgress, ImportReport } from '../../../server/contract/shipments.ts';
import { upload } from '../app/api.ts';
import { newId } from '../app/newId.ts';
import { LISTS } from '../shipments/cache.ts';
import { socketClient } from '../utils/socketClient.ts';

export type ImportState =
  | { phase: 'idle' }
  | { phase: 'sending'; sent: number }
  | { phase: 'processing'; lines: number; progress?: ImportProgress }
  | { phase: 'done'; report: ImportReport }
  | { phase: 'failed'; error: unknown };

/** Lines that hold something, without the header. A line break inside quotes counts double: good enough for a bar. */
const countLines = async (file: File): Promise<number> => {
  const text = await file.text();
  return text.split('\n').filter((line) => line.trim() !== '').length - 1;
};

/** One import at a time: the file's way to the server, its progress there, and the report. */
export const useImport = () => {
  const client = useQueryClient();
  const [state, setState] = useState<ImportState>({ phase: 'idle' });
  const importId = useRef('');
  const abort = useRef<AbortController>(null);

  useEffect(
    () =>
      socketClient.on<ImportProgress>('import:progress', (progress) => {
        if (progress.importId !== importId.current) return;
        setState((now) => (now.phase === 'processing' ? { ...now, progress } : now));
      }),
    [],
  );

  /** `companyId`: whose orders they are, when the user belongs to no company. Throws nothing: `state` tells. */
  const start = async (file: File, companyId?: string) => {
    const id = newId();
    importId.current = id;
    abort.current = new AbortController();
    setState({ phase: 'sending', sent: 0 });
    const lines = await countLines(file);
    try {
      const report = await upload<ImportReport>({
        path: `/api/shipments/import?${new URLSearchParams({ importId: id, ...(companyId && { companyId }) })}`,
        body: file,
        contentType: 'text/csv',
        signal: abort.current.signal,
        onProgress: (sent) => setState(sent < 1 ? { phase: 'sending', sent } : { phase: 'processing', lines }),
      });
      setState({ phase: 'done', report });
      void client.invalidateQueries({ queryKey: LISTS });
    } catch (error) {
      setState(abort.current.signal.aborted ? { phase: 'idle' } : { phase: 'failed', error });
    }
  };

  return {
    state,
    start,
    cancel: () => abort.current?.abort(),
    reset: () => setState({ phase: 'idle' }),
  };
};
