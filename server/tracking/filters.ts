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

const isReachable = (from: Fix, to: Fix): boolean => {
  const slack =
    from.accuracy === undefined || to.accuracy === undefined ? UNKNOWN_SLACK : 100 + 3 * (from.accuracy + to.accuracy);
  return metersBetween(from, to) <= slack + MAX_SPEED * Math.max(0, seconds(from, to));
};

/**
 * How much of an exponentially forgetting mean rests on what was watched for so many seconds; the rest is what was
 * supposed before (Kingma and Ba, "Adam", ICLR 2015, section 3: the correction of a mean that began with nothing).
 */
export const knownShare = (watched: number): number => 1 - Math.exp(-watched / SPEED_SECONDS);

const follow = (state: State, good: Fix, fix: Fix): Pick<State, 'speed' | 'watched'> => {
  const passed = seconds(good, fix);
  if (passed <= 0 || passed > SILENCE_SECONDS) return state;
  const watched = state.watched + passed;
  // Over what is known by now: else the first second would count for minutes, and most rides begin by standing.
  const weight = knownShare(passed) / knownShare(watched);
  return { speed: state.speed + weight * (metersBetween(good, fix) / passed - state.speed), watched };
};

/** Takes the next fix in the order of recording. Answers what is believed then, and what is wrong with this one. */
const take = (before: State, fix: Fix): { state: State; mark: Mark } => {
  const state = { ...before, newestAt: fix.recordedAt };
  const { good } = state;
  // People at a counter and at a hub say where they are; they are asked by nobody's satellites.
  if (!good || fix.source !== 'rider')
    return { state: { ...state, good: fix, run: [], speed: 0, watched: 0 }, mark: null };
  if ((fix.accuracy ?? 0) > MAX_ACCURACY && seconds(good, fix) * 1000 < VAGUE_AFTER_MS)
    return { state, mark: 'inaccurate' };
  if (isReachable(good, fix))
    return { state: { ...state, ...follow(state, good, fix), good: fix, run: [] }, mark: null };
  const last = state.run.at(-1);
  const run = last && isReachable(last, fix) ? [...state.run, fix] : [fix];
  if (run.length < AGREEING) return { state: { ...state, run }, mark: 'jump' };
  return { state: { ...state, good: fix, run: [], speed: 0, watched: 0 }, mark: null };
};

/** The same for many, which are in the order of recording. */
export const takeAll = (state: State, fixes: Fix[]): { state: State; marks: Mark[] } => {
  let now = state;
  const marks = fixes.map((fix) => {
    const taken = take(now, fix);
    now = taken.state;
    return taken.mark;
  });
  return { state: now, marks };
};
