import { between, pick } from '../../demo/random.ts';
import type { Fault } from '../fault.ts';
import type { Weather } from '../proxy.ts';

/** What befalls the network between clients and nodes, and between one node and what it needs. */

export const badNetwork: Fault = {
  name: 'bad-network',
  title: 'connections of clients half open, a byte at a time, reset, or late',
  seconds: 40,
  mixes: true,
  break: async ({ nodes }, random) => {
    const kinds: (() => Weather)[] = [
      () => ({ delayMs: between(random, 50, 500) }),
      () => ({ drip: true }),
      () => ({ resetAfterMs: between(random, 200, 5_000) }),
      () => ({ deafAfterMs: between(random, 200, 5_000) }),
      () => ({}),
    ];
    for (const { door } of nodes) {
      door.weather(() => pick(random, kinds)());
      door.cut();
    }
    return async () => {
      for (const { door } of nodes) door.weather(null);
    };
  },
};

export const nodeCutOff: Fault = {
  name: 'node-cut-off',
  title: 'one node of two loses the way to PostgreSQL and Redis, its clients stay',
  seconds: 30,
  mixes: true,
  break: async ({ nodes }, random) => {
    const { postgres, redis } = pick(random, nodes);
    postgres.freeze();
    redis?.freeze();
    return async () => {
      postgres.open();
      redis?.open();
    };
  },
};
