import { faults } from './faults/index.ts';
import { clock, presence, sigterm } from './faults/nodes.ts';
import { describeFaults } from './shortForms.ts';

const atRandom = faults.find(({ name }) => name === 'random')!;

describeFaults('two nodes, once both are there and tell the time', [
  [clock, 1],
  [sigterm, 0],
  [presence, 0],
  [atRandom, 1],
]);
