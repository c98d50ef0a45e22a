import { createListeners } from '../utils/emitter.ts';
import { SocketError } from '../utils/socketError.ts';
import type { SocketClient } from '../utils/types.ts';
import type { Channel, Watcher } from './channel.ts';
import type { OpenStreamArgs, StreamContinuity, StreamHandle } from './types.ts';
import { WAITING } from './watcher.ts';

/** How true a watcher's state is, from the connection and from what its stream still lacks. */
const continuityOf = (
  channel: Channel,
  watcher: Watcher,
  client: SocketClient,
  liveUntil: Date | null,
): StreamContinuity => {
  const { version } = watcher.watched;
  const { error } = channel;
  if (error) return { status: 'stale', staleSince: liveUntil, version, error };
  if (!client.connected()) {
    const { status, staleSince } = client.continuity();
    if (status === 'connecting' && version === null)
      return { status: 'catching_up', staleSince: null, version, error: null };
    return { status: 'stale', staleSince: staleSince ?? liveUntil, version, error: null };
  }
  const complete = channel.joined && !channel.behind && version !== null;
  return complete
    ? { status: 'live', staleSince: null, version, error: null }
    : { status: 'catching_up', staleSince: liveUntil, version, error: null };
};

const same = (a: StreamContinuity, b: StreamContinuity) =>
  a.status === b.status &&
  a.version === b.version &&
  a.error === b.error &&
  a.staleSince?.getTime() === b.staleSince?.getTime();

/** One watcher of a channel and the handle that its owner holds. */
export const createHandle = <State>(
  args: OpenStreamArgs<unknown>,
  channel: Channel,
  client: SocketClient,
  onEmpty: () => void,
): { watcher: Watcher; handle: StreamHandle<State> } => {
  const listeners = createListeners<[]>();
  let continuity: StreamContinuity = { status: 'catching_up', staleSince: null, version: null, error: null };
  let state: unknown;
  /** When this watcher was last seen to be live. */
  let liveUntil: Date | null = null;
  let settleReady: (error?: SocketError) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    settleReady = (error) => (error ? reject(error) : resolve());
  });
  // Whoever does not wait for it must not get an unhandled rejection.
  ready.catch(() => {});

  const watcher: Watcher = {
    args,
    watched: WAITING,
    notify: () => {
      if (continuity.status === 'live') liveUntil = new Date();
      const next = continuityOf(channel, watcher, client, liveUntil);
      const changed = !same(next, continuity) || state !== watcher.watched.state;
      state = watcher.watched.state;
      if (!same(next, continuity)) continuity = next;
      if (next.status === 'live') settleReady();
      if (next.error) settleReady(next.error);
      if (changed) listeners.call();
    },
  };
  const handle: StreamHandle<State> = {
    getState: () => watcher.watched.state as State | undefined,
    subscribe: listeners.add,
    get continuity() {
      return continuity;
    },
    ready,
    close: () => {
      if (!channel.watchers.delete(watcher)) return;
      settleReady(new SocketError('UNAVAILABLE', 'Closed before it was live'));
      onEmpty();
    },
  };
  return { watcher, handle };
};
