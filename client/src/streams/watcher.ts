import type { DurableEvent } from '../../../server/contract/common.ts';
import type { OpenStreamArgs } from './types.ts';

/** One watcher's own state of a stream, as pure functions: several may watch the same stream and each keep its own. */

export type Watched<State> = {
  /** The last version in `state`; null while the first snapshot is awaited. */
  readonly version: number | null;
  readonly state: State | undefined;
  /** What was applied elsewhere while this watcher waits for its snapshot. */
  readonly pending: readonly DurableEvent[];
};

type Functions<State> = Pick<OpenStreamArgs<State>, 'fromSnapshot' | 'reduce'>;

export const WAITING: Watched<never> = { version: null, state: undefined, pending: [] };

export const watchEvents = <State>(
  watched: Watched<State>,
  events: readonly DurableEvent[],
  { reduce }: Functions<State>,
): Watched<State> => {
  if (watched.version === null) return { ...watched, pending: [...watched.pending, ...events] };
  let { version, state } = watched;
  for (const event of events) {
    if (event.version <= version) continue;
    state = reduce(state as State, event);
    version = event.version;
  }
  return version === watched.version ? watched : { version, state, pending: [] };
};

export const watchSnapshot = <State>(
  watched: Watched<State>,
  snapshot: { value: unknown; version: number },
  functions: Functions<State>,
): Watched<State> =>
  watchEvents(
    { version: snapshot.version, state: functions.fromSnapshot(snapshot.value, snapshot.version), pending: [] },
    watched.pending,
    functions,
  );
