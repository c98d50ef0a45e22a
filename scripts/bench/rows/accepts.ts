import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Scenario } from './scenario.ts';

/** Viewers that share one shipment: a screen or two more than usually look at the same thing. */
const VIEWERS_PER_SHIPMENT = 10;

/**
 * Connections opened 64 at a time, each counted once its token is verified and its first stream joined. The same
 * people connect once before, unmeasured: a team that comes back is the usual case, and the code is warm.
 */
export const accepts: Scenario<'rate' | 'cpu'> = {
  name: 'accepts',
  columns: ['raw', 'plain', 'plainKeyObject', 'waybeat'],
  figures: {
    rate: { title: 'connections accepted a second, joined', unit: '/s', better: 'higher', digits: 0, aim: 0.5 },
    cpu: { title: 'server CPU per accepted connection', unit: 'µs', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const connections = quick ? 500 : 5000;
    const ids = await target.shipments(connections / VIEWERS_PER_SHIPMENT);
    const open = () =>
      openCrowd({
        port: target.port,
        tokens: tokensOf(connections),
        shipmentsOf: (client) => [ids[client % ids.length]!],
      });
    (await open()).crowd.close();
    await target.idle();
    const before = target.cpuMs();
    const { crowd, elapsedMs } = await open();
    const cpuMs = target.cpuMs() - before;
    crowd.close();
    return { rate: (connections * 1000) / elapsedMs, cpu: (cpuMs * 1000) / connections };
  },
};
