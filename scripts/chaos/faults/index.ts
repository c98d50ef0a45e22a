import type { Fault } from '../fault.ts';
import { clientFrozen, everybodyDropped, userRevoked } from './clients.ts';
import { badNetwork, nodeCutOff } from './network.ts';
import { clock, frozenNode, nodeKilled, presence, sigterm } from './nodes.ts';
import { backendsTerminated, commitLost, laterFirst, postgresDown, postgresFrozen, tableLocked } from './postgres.ts';
import { redisDown, redisFrozen, redisKilledConnections } from './redis.ts';

/** Everything that can be broken, in the order in which `all` breaks it. */
export const faults: Fault[] = [
  nodeKilled,
  presence,
  sigterm,
  frozenNode,
  clock,
  redisDown,
  redisFrozen,
  redisKilledConnections,
  backendsTerminated,
  postgresDown,
  postgresFrozen,
  tableLocked,
  commitLost,
  laterFirst,
  badNetwork,
  nodeCutOff,
  clientFrozen,
  everybodyDropped,
  userRevoked,
];
