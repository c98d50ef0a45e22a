import { whole } from '../../demo/random.ts';
import type { Fault } from '../fault.ts';
import { createMachines, type Machines, missingLoss, missingNamespaces } from '../namespaces.ts';

/** What befalls the network between machines. Each node has one of its own. */

let machines: Machines | undefined;

const stage = async () => {
  const made = createMachines(2);
  machines = made;
  return { arena: { sites: made.sites }, close: async () => made.close() };
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
  break: async ({ note, blame }, random) => {
    const victim = whole(random, 0, 1);
    machines!.setLoss(victim, LOSS_PERCENT);
    return async () => {
      const lost = machines!.setLoss(victim, 0);
      note(`${lost} packets were lost`);
      if (lost === 0) blame('no packet was lost: this run proves nothing');
    };
  },
};
