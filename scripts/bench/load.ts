import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import { numbered } from './writer.ts';

/** Changes under way at one time: beyond, a server that cannot keep up is not buried. */
const MOST_UNDER_WAY = 256;
const TICK_MS = 5;
const PADDING = 190;
/** Of 10 ms: ten seconds and more. */
const PATIENCE_NAPS = 1_000;

export interface SteadyLoad {
  /** To be called when a viewer has the event with this number. */
  seen(sequence: number): void;
  /** Writes at `perSecond` to shipments at random. Answers what was reached, and each time from write to screen in ms. */
  run(perSecond: number, seconds: number): Promise<{ perSecond: number; latencies: number[] }>;
}

/** Writes that come as they come, whether the ones before are done or not. Every shipment needs a viewer. */
export function steadyLoad(api: Api, shipmentIds: readonly string[]): SteadyLoad {
  let sequence = 0;
  const sentAt = new Map<number, number>();
  let latencies: number[] = [];
  return {
    seen(number) {
      const at = sentAt.get(number);
      if (at === undefined) return;
      sentAt.delete(number);
      latencies.push(performance.now() - at);
    },
    async run(perSecond, seconds) {
      latencies = [];
      let written = 0;
      let underWay = 0;
      let failure: unknown;
      const startedAt = performance.now();
      const until = startedAt + seconds * 1000;
      let due = 0;
      for (let now = startedAt; now < until && !failure; now = performance.now()) {
        due += (TICK_MS / 1000) * perSecond;
        const behind = Math.min(((now - startedAt) / 1000) * perSecond, due) - written - underWay;
        for (let n = 0; n < behind && underWay < MOST_UNDER_WAY; n++) {
          const number = ++sequence;
          const id = shipmentIds[Math.floor(Math.random() * shipmentIds.length)]!;
          sentAt.set(number, performance.now());
          underWay++;
          api
            .inspect(id, number % 2 ? 'in_progress' : 'pending', numbered(number, PADDING))
            .then(() => written++)
            .catch((error) => {
              failure = error;
            })
            .finally(() => underWay--);
        }
        await sleep(TICK_MS);
      }
      if (failure) throw failure;
      const reached = (written * 1000) / (performance.now() - startedAt);
      // Counted in naps, not by the clock: while a whole machine stands still nobody has had his time.
      for (let nap = 0; nap < PATIENCE_NAPS && (underWay > 0 || sentAt.size > 0); nap++) await sleep(10);
      if (sentAt.size > 0)
        throw new Error(`${sentAt.size} changes were seen by nobody, of which ${underWay} were not answered either`);
      return { perSecond: reached, latencies };
    },
  };
}
