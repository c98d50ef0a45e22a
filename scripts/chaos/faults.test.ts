import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { type Arena, openArena } from './arena.ts';
import type { Fault } from './fault.ts';
import { userRevoked } from './faults/clients.ts';
import { badNetwork } from './faults/network.ts';
import { frozenNode, nodeKilled } from './faults/nodes.ts';
import { backendsTerminated, commitLost, laterFirst, postgresDown } from './faults/postgres.ts';
import { redisDown, redisFrozen, redisKilledConnections } from './faults/redis.ts';
import { inflict } from './inflict.ts';

/** The short form of `npm run chaos -- all`: one arena, in which one thing after the other breaks for a moment. */

const seed = 20_261_121;

const SHORT: [Fault, number][] = [
  [redisDown, 1],
  [redisFrozen, 1],
  [redisKilledConnections, 2],
  [backendsTerminated, 1],
  [postgresDown, 2],
  [commitLost, 1],
  [laterFirst, 1],
  [badNetwork, 2],
  [frozenNode, 2],
  [nodeKilled, 1],
  [userRevoked, 0],
];

describe('two nodes, after what broke is whole again', needs('postgres'), () => {
  let arena: Arena;
  before(async () => {
    arena = await openArena({ address: serviceUrl('postgres'), clients: 8 });
  });
  after(() => arena?.close());

  for (const [fault, seconds] of SHORT)
    it(`have lost nothing: ${fault.title}`, { skip: fault.missing?.() ?? false }, async () => {
      const report = await inflict(arena, fault, { seed, seconds });
      assert.deepEqual(report.faults, []);
      assert.ok(report.acknowledged > 0);
    });
});
