import type { DurableEvent, ServerEvent, Subscribed } from '../../../server/contract/common.ts';
import { callEach } from '../utils/emitter.ts';
import type { SocketError } from '../utils/socketError.ts';
import { isBehind, type Position, START, type Step, takeAnswer, takeEvent } from './position.ts';
import type { OpenStreamArgs } from './types.ts';
import { WAITING, type Watched, watchEvents, watchSnapshot } from './watcher.ts';

/** One stream as this client follows it: a single place in it, shared by all who watch. Knows no network. */

export type Watcher = {
  args: OpenStreamArgs<unknown>;
  watched: Watched<unknown>;
  /** Called when state or continuity may have changed. */
  notify: () => void;
};

export type Channel = ReturnType<typeof createChannel>;

const defaultMatch = (payload: object) => {
  const fields = Object.entries(payload).filter(([name]) => name !== 'since');
  return (event: ServerEvent) => fields.length > 0 && fields.every(([name, value]) => event[name] === value);
};

export const createChannel = (args: OpenStreamArgs<unknown>, dispatch: (event: ServerEvent) => void) => {
  const watchers = new Set<Watcher>();
  let position: Position = START;
  /** The last version given to event handlers, which may hear of events that no state needs any more. */
  let told: number | null = null;

  const notify = () => callEach([...watchers].map((watcher) => () => watcher.notify()));

  const tell = (event: DurableEvent) => {
    if (told !== null && event.version <= told) return;
    told = event.version;
    dispatch(event);
  };

  const take = (step: Step): boolean => {
    const overtaken = step.snapshot ? position.ahead.filter(({ version }) => version <= step.snapshot!.version) : [];
    position = step.position;
    for (const watcher of watchers) {
      if (step.snapshot) watcher.watched = watchSnapshot(watcher.watched, step.snapshot, watcher.args);
      watcher.watched = watchEvents(watcher.watched, step.applied, watcher.args);
    }
    for (const event of [...overtaken, ...step.applied]) tell(event);
    if (step.snapshot || step.applied.length > 0) notify();
    return step.gap;
  };

  return {
    name: args.stream,
    join: args.join,
    leave: args.leave,
    matches: args.matches ?? defaultMatch(args.join.payload),
    watchers,
    notify,
    /** Whether the server sends us this stream on the present connection. */
    joined: false,
    /** Whether a question about it is under way. */
    asking: false,
    /** Whether something is known to be missing. */
    behind: false,
    /** The highest head heard of since the last question. */
    head: 0,
    /** Questions in a row that did not complete it. */
    tries: 0,
    error: null as SocketError | null,
    retry: undefined as ReturnType<typeof setTimeout> | undefined,

    version: () => position.version,
    isBehind: (head: number) => isBehind(position, head),
    lacksSnapshot: () => [...watchers].some(({ watched }) => watched.version === null),

    add(watcher: Watcher) {
      // The same functions lead to the same state: no need to ask the server for what a neighbour has.
      const { fromSnapshot, reduce } = watcher.args;
      const neighbour = [...watchers].find(
        (other) => other.args.fromSnapshot === fromSnapshot && other.args.reduce === reduce,
      );
      if (neighbour) watcher.watched = neighbour.watched;
      watchers.add(watcher);
    },

    /** Takes an event off the wire. Answers whether something before it is missing. */
    takeEvent(event: DurableEvent): boolean {
      const { version } = position;
      if (version === null || event.version <= version) tell(event);
      return take(takeEvent(position, event));
    },

    /** Takes the answer to a question that was asked with `since`. Answers whether something is still missing. */
    takeAnswer(since: number | null, answer: Subscribed): boolean {
      const own = position.version;
      const gap = take(takeAnswer(position, since, answer));
      if (own === null || since !== null) return gap;
      // Asked on behalf of watchers who came later; the others need no snapshot.
      const snapshot = { value: answer.snapshot, version: answer.version };
      for (const watcher of watchers)
        if (watcher.watched.version === null) watcher.watched = watchSnapshot(watcher.watched, snapshot, watcher.args);
      notify();
      return gap;
    },

    /** Forgets everything, since it was another user's. */
    reset() {
      position = START;
      told = null;
      for (const watcher of watchers) watcher.watched = WAITING;
    },
  };
};
