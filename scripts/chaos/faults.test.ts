import { badNetwork } from './faults/network.ts';
import { frozenNode, nodeKilled } from './faults/nodes.ts';
import { backendsTerminated, commitLost, laterFirst, longTransaction, postgresDown } from './faults/postgres.ts';
import { redisDown, redisFrozen, redisKilledConnections } from './faults/redis.ts';
import { describeFaults } from './shortForms.ts';

describeFaults('two nodes, after what broke is whole again', [
  [redisDown, 1],
  [redisFrozen, 1],
  [redisKilledConnections, 2],
  [backendsTerminated, 1],
  [postgresDown, 2],
  [commitLost, 1],
  [laterFirst, 1],
  [longTransaction, 1],
  [badNetwork, 2],
  [frozenNode, 2],
  [nodeKilled, 1],
]);
