import type { Fault } from '../fault.ts';
import { clientFrozen, everybodyDropped, userRevoked } from './clients.ts';
import { diskFullPostgres } from './disk.ts';
import { packetLoss, partition } from './machines.ts';
import { badNetwork, nodeCutOff } from './network.ts';
import { clock, frozenNode, nodeKilled, presence, sigterm } from './nodes.ts';
import {
  backendsTerminated,
  commitLost,
  laterFirst,
  longTransaction,
  postgresDown,
  postgresFrozen,
  tableLocked,
} from './postgres.ts';
import { atRandom } from './random.ts';
import { redisDown, redisFrozen, redisKilledConnections } from './redis.ts';

const single: Fault[] = [
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
  longTransaction,
  diskFullPostgres,
  commitLost,
  laterFirst,
  badNetwork,
  nodeCutOff,
  partition,
  packetLoss,
  clientFrozen,
  everybodyDropped,
  userRevoked,
];

/** Everything that can be broken, in the order in which `all` breaks it. */
export const faults: Fault[] = [...single, atRandom(single)];
