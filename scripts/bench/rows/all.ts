import type { Efforts } from '../plan.ts';
import { accepts } from './accepts.ts';
import { areas } from './areas.ts';
import { dashboard } from './dashboard.ts';
import { delivery } from './delivery.ts';
import { intake, intakeGrowth } from './intake.ts';
import { locations, locationsGrowth } from './locations.ts';
import { map } from './map.ts';
import { memory } from './memory.ts';
import { nodes } from './nodes.ts';
import { returns, returnsGrowth } from './returns.ts';
import type { Scenario } from './scenario.ts';
import { seats, seatsGrowth, seatsInside } from './seats.ts';
import { start, startEmbedded } from './start.ts';
import { steady, steadyLong } from './steady.ts';
import { streams } from './streams.ts';
import { viewers } from './viewers.ts';
import { writes } from './writes.ts';
import { writesGrowth } from './writesGrowth.ts';

/** In the order in which they are measured. */
export const SCENARIOS: readonly Scenario[] = [
  delivery,
  viewers,
  writes,
  writesGrowth,
  accepts,
  returns,
  returnsGrowth,
  memory,
  steady,
  streams,
  seats,
  seatsInside,
  seatsGrowth,
  locations,
  locationsGrowth,
  intake,
  intakeGrowth,
  start,
  startEmbedded,
  dashboard,
  areas,
  nodes,
  map,
  steadyLong,
];

/**
 * Seconds of one round on two quiet cores. What nothing is promised of has fewer rounds than are asked for, and what takes
 * ten minutes has one; five rounds of all the rest take an hour and a quarter.
 */
export const EFFORTS: Efforts = {
  delivery: { seconds: 32 },
  viewers: { seconds: 70 },
  writes: { seconds: 42 },
  'writes-growth': { seconds: 65 },
  accepts: { seconds: 50 },
  returns: { seconds: 28 },
  'returns-growth': { seconds: 45 },
  memory: { seconds: 50 },
  steady: { seconds: 70 },
  streams: { seconds: 55 },
  seats: { seconds: 20 },
  'seats-growth': { seconds: 45 },
  'seats-inside': { seconds: 10 },
  locations: { seconds: 38 },
  'locations-growth': { seconds: 45 },
  intake: { seconds: 18 },
  'intake-growth': { seconds: 20 },
  start: { seconds: 12 },
  'start-embedded': { seconds: 10 },
  dashboard: { seconds: 33 },
  areas: { seconds: 65, rounds: 1 },
  nodes: { seconds: 30, rounds: 2 },
  map: { seconds: 30, rounds: 1 },
  'steady-long': { seconds: 630, rounds: 1, limitMinutes: 15 },
};
