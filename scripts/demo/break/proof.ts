import { groupByStream, type History, streamFault } from '../../chaos/checker.ts';
import type { Watcher } from '../../chaos/watchers.ts';
import type { Ledger } from '../../chaos/writers.ts';

/** The proof of convergence as a person reads it: who saw what, against what the database holds. */

/** One stream on one screen. */
export type Row = {
  screen: string;
  shipment: string;
  /** The version the screen came in with. */
  from: number;
  /** Versions after that: in the database, and seen. */
  stored: number;
  seen: number;
  /** What is wrong with what was seen; null when it is each version once, in order. */
  fault: string | null;
};

export type Proof = {
  holds: boolean;
  acknowledged: number;
  refused: number;
  unanswered: number;
  /** Of those refused or unanswered, how many the database holds all the same. */
  happened: number;
  /** Events of the run's shipments in the database. */
  events: number;
  /** From healing until every screen had seen everything, in ms. */
  healedMs: number;
  /** Whether that was longer than promised; on a busy machine it is. */
  late: boolean;
  rows: Row[];
  /** Broken promises in words. */
  faults: string[];
};

export type Evidence = {
  history: History;
  ledger: Pick<Ledger, 'sent' | 'acknowledged' | 'refused' | 'unanswered'>;
  watchers: Watcher[];
  healedMs: number;
  promisedMs: number;
  /** What the checker found. */
  faults: string[];
};

/** `labels`: what people call each stream. */
export const buildProof = (
  { history, ledger, watchers, healedMs, promisedMs, faults }: Evidence,
  labels: ReadonlyMap<string, string>,
): Proof => {
  const byStream = groupByStream(history.events);
  const rows = watchers.flatMap((watcher) =>
    watcher.follows.map((stream): Row => {
      const versions = byStream.get(stream) ?? [];
      const seen = watcher.seen().get(stream);
      const from = seen?.from ?? 0;
      return {
        screen: watcher.name,
        shipment: labels.get(stream) ?? stream,
        from,
        stored: versions.filter((version) => version > from).length,
        seen: seen?.versions.length ?? 0,
        fault: streamFault(watcher, stream, versions) ?? null,
      };
    }),
  );
  const acknowledged = new Set(ledger.acknowledged.map(({ mark }) => mark));
  const happened = history.events.filter(({ mark }) => mark && ledger.sent.has(mark) && !acknowledged.has(mark));
  return {
    holds: faults.length === 0 && rows.every(({ fault }) => fault === null),
    acknowledged: ledger.acknowledged.length,
    refused: ledger.refused,
    unanswered: ledger.unanswered,
    happened: happened.length,
    events: history.events.length,
    healedMs,
    late: healedMs > promisedMs,
    rows,
    faults,
  };
};
