import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { openStream } from '../streams/sharedStreams.ts';
import type { OpenStreamArgs, StreamContinuity, StreamHandle } from '../streams/types.ts';

/** `state` is undefined before the first snapshot. */
export type StreamView<State> = StreamContinuity & { readonly state: State | undefined };

const CLOSED: StreamView<never> = {
  state: undefined,
  status: 'catching_up',
  staleSince: null,
  version: null,
  error: null,
};

type Open<State> = { name: string; handle: StreamHandle<State>; view: StreamView<State> };

/**
 * Follows a stream while mounted; `null` follows none. Which stream is decided by `args.stream` alone: the functions
 * may be new ones at every rendering, and those of the first rendering with that name serve. `opener` is for those who
 * have a connection of their own.
 */
export const useStream = <State>(
  args: OpenStreamArgs<State> | null,
  opener: typeof openStream = openStream,
): StreamView<State> => {
  const name = args?.stream ?? null;
  const latest = useRef(args);
  const open = useRef<Open<State> | null>(null);
  useEffect(() => {
    latest.current = args;
  });

  const subscribe = useCallback(
    (listener: () => void) => {
      if (name === null || latest.current === null) return () => {};
      const handle = opener(latest.current);
      const viewNow = (): StreamView<State> => ({ ...handle.continuity, state: handle.getState() });
      const current: Open<State> = { name, handle, view: viewNow() };
      open.current = current;
      const unsubscribe = handle.subscribe(() => {
        current.view = viewNow();
        listener();
      });
      listener();
      return () => {
        unsubscribe();
        handle.close();
        if (open.current === current) open.current = null;
      };
    },
    [name, opener],
  );
  // Between two streams the one before is still open; its state must not show under the new name.
  const getView = () => (open.current && open.current.name === name ? open.current.view : CLOSED);
  return useSyncExternalStore<StreamView<State>>(subscribe, getView, () => CLOSED);
};
export default useStream;
