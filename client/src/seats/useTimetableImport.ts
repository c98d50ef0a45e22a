import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { GtfsReport, RoutesImportProgress } from '../../../server/contract/seats.ts';
import { upload } from '../app/api.ts';
import { newId } from '../app/newId.ts';
import { DEPARTURES_KEY } from './calls.ts';
import { onSeatsEvent, useSeatsConnection } from './live.ts';

export type TimetableState =
  | { phase: 'idle' }
  | { phase: 'sending'; sent: number }
  | { phase: 'processing'; progress?: RoutesImportProgress }
  | { phase: 'done'; report: GtfsReport }
  | { phase: 'failed'; error: unknown };

export type TimetableChoices = {
  from: string;
  to: string;
  seatCount: number;
  price: { amount: number; currency: string };
  companyId: string;
};

/** One timetable at a time: the file's way to the server, its progress there, and the report. */
export const useTimetableImport = () => {
  const client = useQueryClient();
  useSeatsConnection();
  const [state, setState] = useState<TimetableState>({ phase: 'idle' });
  const importId = useRef('');
  const abort = useRef<AbortController>(null);

  useEffect(
    () =>
      onSeatsEvent<RoutesImportProgress>('routes:import_progress', (progress) => {
        if (progress.importId !== importId.current) return;
        setState((now) => (now.phase === 'processing' ? { ...now, progress } : now));
      }),
    [],
  );

  /** Throws nothing: `state` tells. */
  const start = async (file: File, { from, to, seatCount, price, companyId }: TimetableChoices) => {
    const id = newId();
    importId.current = id;
    abort.current = new AbortController();
    setState({ phase: 'sending', sent: 0 });
    const query = new URLSearchParams({
      importId: id,
      from,
      to,
      seatCount: String(seatCount),
      amount: String(price.amount),
      currency: price.currency,
      ...(companyId && { companyId }),
    });
    try {
      const report = await upload<GtfsReport>({
        path: `/api/routes/import?${query}`,
        body: file,
        contentType: 'application/zip',
        signal: abort.current.signal,
        onProgress: (sent) => setState(sent < 1 ? { phase: 'sending', sent } : { phase: 'processing' }),
      });
      setState({ phase: 'done', report });
      void client.invalidateQueries({ queryKey: DEPARTURES_KEY });
    } catch (error) {
      setState(abort.current.signal.aborted ? { phase: 'idle' } : { phase: 'failed', error });
    }
  };

  return { state, start, cancel: () => abort.current?.abort(), reset: () => setState({ phase: 'idle' }) };
};
