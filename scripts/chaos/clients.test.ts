import { clientFrozen, everybodyDropped, userRevoked } from './faults/clients.ts';
import { nodeCutOff } from './faults/network.ts';
import { postgresFrozen, tableLocked } from './faults/postgres.ts';
import { describeFaults } from './shortForms.ts';

describeFaults('two nodes, once they and their clients hear of each other again', [
  [postgresFrozen, 1],
  [tableLocked, 1],
  [nodeCutOff, 1],
  [userRevoked, 0],
  [everybodyDropped, 0],
  [clientFrozen, 0],
]);
