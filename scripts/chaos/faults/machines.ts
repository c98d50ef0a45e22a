import { whole } from '../../demo/random.ts';
import type { Fault } from '../fault.ts';
import { createMachines, type Machines, missingLoss, missingNamespaces } from '../namespaces.ts';

/** What befalls the network between machines. Each node has one of its own. */

let machines: Machines | undefined;

const stage = () => {
  const made = createMachines(2);
  machines = made;
  return { sites: made.sites, close: made.close };
};

export const partition: Fault = {
  name: 'partition',
  title: 'one of two machines cut off from everything: packets vanish and nobody is told',
  seconds: 30,
  missing: missingNamespaces,
  stage,
  break: async (_arena, random) => {
    const victim = whole(random, 0, 1);
    machines!.setCable(victim, 'down');
    return async () => machines!.setCable(victim, 'up');
  },
};

const LOSS_PERCENT = 15;

export const packetLoss: Fault = {
  name: 'packet-loss',
  title: `${LOSS_PERCENT} % of all packets of one of two machines lost in each direction`,
  seconds: 30,
  missing: missingLoss,
  stage,
  break: async (_arena, random) => {
    const victim = whole(random, 0, 1);
    machines!.setLoss(victim, LOSS_PERCENT);
    return async () => machines!.setLoss(victim, 0);
  },
};
