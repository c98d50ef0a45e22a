import type { ParcelLocation } from '../contract/tracking.ts';
import { metersBetween } from './geo.ts';

/**
 * Which fixes are believed. All are kept; those that cannot be true, or say too little, do not move the marker. The two
 * tests are those of Traccar's position filter, `filter.maxSpeed` and `filter.accuracy`
 * (https://www.traccar.org/configuration-file/). A fix is judged by those recorded before it, never by when it arrived,
 * so that any order of arrival comes to the same.
 */

/** Faster than any vehicle that carries parcels on a road: 250 km/h, in m/s. */
const MAX_SPEED = 70;
/** Devices that do not say how sure they are get this much room, in m: only what is impossible for certain is refused. */
const UNKNOWN_SLACK = 10_000;
/** Worse than this a phone had no satellites and knows its cell, in m. */
const MAX_ACCURACY = 200;
/** After this long without anything better a vague fix is better than an old one, in ms. */
const VAGUE_AFTER_MS = 10 * 60_000;
/** So many that agree with each other are right, and the one before them was wrong. */
const AGREEING = 3;
/** Recent speed forgets with this time constant, in s: as long as some red lights with the ways between them. */
const SPEED_SECONDS = 300;
/** A longer silence says nothing about speed, in s. */
const SILENCE_SECONDS = 300;

export type Fix = ParcelLocation;
export type State = {
  good: Fix | null;
  /** Fixes that are far from `good` but near each other. */
  run: Fix[];
  /** m/s, over the last minutes, stops included, with the seconds that it was watched. */
  speed: number;
  watched: number;
  /** When the newest fix of all was recorded, believed or not. */
  newestAt: string | null;
};
export const START: State = { good: null, run: [], speed: 0, watched: 0, newestAt: null };
export type Mark = 'jump' | 'inaccurate' | null;

const seconds = (from: Fix, to: Fix) => (Date.parse(to.recordedAt) - Date.parse(from.recordedAt)) / 1000;

/** Whether `meters` can have been gone in `passed` seconds. */
const isPossible = (meters: number, passed: number, from: Fix, to: Fix): boolean => {
  const slack =
    from.accuracy === undefined || to.accuracy === undefined ? UNKNOWN_SLACK : 100 + 3 * (from.accuracy + to.accuracy);
  return meters <= slack + MAX_SPEED * Math.max(0, passed);
};
const isReachable = (from: Fix, to: Fix): boolean => isPossible(metersBetween(from, to), seconds(from, to), from, to);

/**
 * How much of an exponentially forgetting mean rests on what was watched for so many seconds; the rest is what was
 * supposed before (Kingma and Ba, "Adam", ICLR 2015, section 3: the correction of a mean that began with nothing).
 */
export const knownShare = (watched: number): number => 1 - Math.exp(-watched / SPEED_SECONDS);

const follow = (state: State, meters: number, passed: number): void => {
  if (passed <= 0 || passed > SILENCE_SECONDS) return;
  state.watched += passed;
  // Over what is known by now: else the first second would count for minutes, and most rides begin by standing.
  const weight = knownShare(passed) / knownShare(state.watched);
  state.speed += weight * (meters / passed - state.speed);
};

const believe = (state: State, fix: Fix): void => {
  state.good = fix;
  if (state.run.length > 0) state.run = [];
};

/** Believes a fix that says nothing about the way from the one before. */
const beginAnew = (state: State, fix: Fix): void => {
  believe(state, fix);
  state.speed = 0;
  state.watched = 0;
};

/** Takes the next fix in the order of recording into `state`. Answers what is wrong with it. */
const take = (state: State, fix: Fix): Mark => {
  const { good } = state;
  state.newestAt = fix.recordedAt;
  // People at a counter and at a hub say where they are; they are asked by nobody's satellites.
  if (!good || fix.source !== 'rider') {
    beginAnew(state, fix);
    return null;
  }
  const passed = seconds(good, fix);
  if ((fix.accuracy ?? 0) > MAX_ACCURACY && passed * 1000 < VAGUE_AFTER_MS) return 'inaccurate';
  const meters = metersBetween(good, fix);
  if (isPossible(meters, passed, good, fix)) {
    follow(state, meters, passed);
    believe(state, fix);
    return null;
  }
  const last = state.run.at(-1);
  const run = last && isReachable(last, fix) ? [...state.run, fix] : [fix];
  if (run.length < AGREEING) {
    state.run = run;
    return 'jump';
  }
  beginAnew(state, fix);
  return null;
};

/** Takes fixes that are in the order of recording. Answers what is believed then, and what is wrong with each. */
export const takeAll = (before: State, fixes: Fix[]): { state: State; marks: Mark[] } => {
  const state = { ...before };
  const marks = fixes.map((fix) => take(state, fix));
  return { state, marks };
};
