import { type Crowd, openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import { growth, type Scenario } from './scenario.ts';

/** Viewers that share one shipment: a screen or two more than usually look at the same thing. */
const VIEWERS_PER_SHIPMENT = 10;
/** Connections that stand in the end of each part; the row itself is the first two of them together. */
const SIZES = [1_000, 5_000, 10_000];
const PEOPLE = 5_000;

/**
 * Connections opened 64 at a time, each counted once its token is verified and its first stream joined. The same
 * people connect once before, unmeasured: a team that comes back is the usual case, and the code is warm. Beyond 5,000
 * it is everybody's second screen.
 */
export const accepts: Scenario = {
  name: 'accepts',
  columns: ['raw', 'plain', 'plainKeyObject', 'waybeat'],
  figures: {
    rate: { title: 'connections accepted a second, joined', unit: '/s', better: 'higher', digits: 0, aim: 0.5 },
    cpu: { title: 'server CPU per accepted connection', unit: 'µs', better: 'lower', digits: 0 },
    ...growth('until', SIZES, {
      of: 'connections',
      title: 'connections accepted a second, until there are so many',
      unit: '/s',
      better: 'higher',
      digits: 0,
    }),
  },
  async measure(target, quick) {
    const scale = quick ? 0.1 : 1;
    const people = tokensOf(PEOPLE * scale);
    const ids = await target.shipments(people.length / VIEWERS_PER_SHIPMENT);
    const open = (from: number, to: number) =>
      openCrowd({
        port: target.port,
        tokens: Array.from({ length: to - from }, (_, n) => people[(from + n) % people.length]!),
        shipmentsOf: (client) => [ids[(from + client) % ids.length]!],
      });
    (await open(0, people.length)).crowd.close();
    await target.idle();
    const crowds: Crowd[] = [];
    const found: Record<string, number> = {};
    try {
      const before = target.cpuMs();
      let connected = 0;
      let totalMs = 0;
      for (const size of SIZES) {
        const { crowd, elapsedMs } = await open(connected, size * scale);
        crowds.push(crowd);
        found[`until${size}`] = (crowd.size * 1000) / elapsedMs;
        connected += crowd.size;
        totalMs += elapsedMs;
        if (size === PEOPLE) {
          found.rate = (connected * 1000) / totalMs;
          found.cpu = ((target.cpuMs() - before) * 1000) / connected;
        }
      }
      return found;
    } finally {
      for (const crowd of crowds) crowd.close();
    }
  },
};
