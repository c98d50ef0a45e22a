import type { DurableEvent } from '../../server/contract/common.ts';
import { markOf } from './watchers.ts';

/** How long a write takes until it is on a screen: from sending it, commit included, to the client that applies it. */

export type Percentiles = { count: number; p99: number; max: number };
export type Timing = { local: Percentiles; remote: Percentiles };

export type Stopwatch = {
  /** Notes at which node the writer with this name writes. */
  isAt: (writer: string, node: string) => void;
  sent: (mark: string) => void;
  /** For a client at this node. */
  listener: (node: string | undefined) => (event: DurableEvent) => void;
  /** Counts what is sent from now on, until `stop`, whenever it arrives. */
  start: () => void;
  stop: () => void;
  /** In ms: to clients of the node that wrote, and of the others. */
  read: () => Timing;
};

const percentiles = (samples: number[]): Percentiles => {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, p99: at(0.99), max: at(1) };
};

export const createStopwatch = (): Stopwatch => {
  const homes = new Map<string, string>();
  const sentAt = new Map<string, number>();
  let running = false;
  let local: number[] = [];
  let remote: number[] = [];
  return {
    isAt: (writer, node) => void homes.set(writer, node),
    sent: (mark) => {
      if (running) sentAt.set(mark, performance.now());
    },
    listener: (node) => (event) => {
      // A client that is itself broken is at no node: what it catches up with says nothing of the others.
      if (node === undefined) return;
      const mark = markOf(event);
      const sent = mark === undefined ? undefined : sentAt.get(mark);
      if (sent === undefined) return;
      const samples = homes.get(mark!.slice(0, mark!.lastIndexOf('-'))) === node ? local : remote;
      samples.push(performance.now() - sent);
    },
    start: () => {
      running = true;
      sentAt.clear();
      local = [];
      remote = [];
    },
    stop: () => {
      running = false;
    },
    read: () => ({ local: percentiles(local), remote: percentiles(remote) }),
  };
};
