import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import type { EtaUpdate, LocationUpdate, Parcel, ParcelLocation, ParcelStep, StatusUpdate } from './wire.ts';

/** A parcel as a screen follows it: pure functions from one state and one event to the next. */

export type Followed = Parcel & {
  timeline: ParcelStep[];
  minutes: number | null;
  distanceMeters: number | null;
  /** The rider is near; until the next status. */
  approaching: boolean;
  /** An event told of something it did not carry: worth reading again. */
  outdated: boolean;
};

export const fromSnapshot = (snapshot: unknown, version: number): Followed => {
  const parcel = snapshot as Parcel & Partial<Followed>;
  return {
    ...parcel,
    version,
    timeline: parcel.timeline ?? [],
    minutes: parcel.minutes ?? null,
    distanceMeters: parcel.distanceMeters ?? null,
    approaching: parcel.approaching ?? false,
    outdated: false,
  };
};

/** The newer of two positions by the time they were taken: a late one never moves the marker back. */
export const newerLocation = (held: ParcelLocation | null, next: ParcelLocation | null | undefined) =>
  next && (!held || Date.parse(next.recordedAt) >= Date.parse(held.recordedAt)) ? next : held;

const takeStatus = (state: Followed, event: StatusUpdate): Followed => {
  const { status, description, location, at, by } = event;
  const step: ParcelStep = { status, description, location, at, ...(by !== undefined && { by }) };
  return {
    ...state,
    status,
    location: newerLocation(state.location, location),
    // A phone without network tells later what happened earlier.
    timeline: [...state.timeline, step].sort((a, b) => a.at.localeCompare(b.at)),
    statusChangedAt: at,
    updatedAt: event.timestamp,
    approaching: false,
  };
};

const takeEta = (state: Followed, { eta, minutes, distanceMeters, source }: EtaUpdate): Followed => ({
  ...state,
  eta,
  minutes,
  distanceMeters,
  etaSource: source,
});

/** The state after one more durable event of the stream. */
export const reduce = (state: Followed, event: DurableEvent): Followed => {
  const next = { ...state, version: event.version };
  if (event.type === 'status-update') return takeStatus(next, event as unknown as StatusUpdate);
  if (event.type === 'eta-update') return takeEta(next, event as unknown as EtaUpdate);
  if (event.type === 'rider-approaching')
    return {
      ...next,
      approaching: true,
      minutes: (event.minutes as number | undefined) ?? state.minutes,
      distanceMeters: (event.distanceMeters as number | undefined) ?? state.distanceMeters,
    };
  if (event.type === 'rider-assigned')
    return 'riderId' in event ? { ...next, riderId: event.riderId as string | null } : next;
  if (event.type === 'proof-added') return next;
  return { ...next, outdated: true };
};

/** The state after what is worth only its newest value; the same object when it is not newer. */
export const takePassing = (state: Followed, event: ServerEvent): Followed => {
  if (event.type === 'location-update') {
    const location = newerLocation(state.location, (event as unknown as LocationUpdate).location);
    return location === state.location ? state : { ...state, location };
  }
  if (event.type === 'eta-update' && event.version === undefined) return takeEta(state, event as unknown as EtaUpdate);
  return state;
};
