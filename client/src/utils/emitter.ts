import type { ServerEvent } from '../../../server/contract/common.ts';
import type { Unsubscribe } from './types.ts';

type Handler = (event: never) => void;

/** A listener that throws must not keep the others from hearing; the page's error handling still sees it. */
export const callEach = <Args extends unknown[]>(listeners: Iterable<(...args: Args) => void>, ...args: Args): void => {
  for (const listener of [...listeners])
    try {
      listener(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
};

/** A set of listeners that gives each its own unsubscribe, even when the same function is added twice. */
export const createListeners = <Args extends unknown[]>() => {
  const listeners = new Set<{ call: (...args: Args) => void }>();
  return {
    add: (call: (...args: Args) => void): Unsubscribe => {
      const entry = { call };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    call: (...args: Args): void =>
      callEach(
        [...listeners].map(
          (entry) =>
            (...given: Args) =>
              listeners.has(entry) && entry.call(...given),
        ),
        ...args,
      ),
  };
};

/** Handlers of server events, by name and for all. */
export const createEmitter = () => {
  const byName = new Map<string, ReturnType<typeof createListeners<[ServerEvent]>>>();
  const all = createListeners<[ServerEvent]>();
  return {
    on: (name: string, handler: Handler): Unsubscribe => {
      const listeners = byName.get(name) ?? createListeners<[ServerEvent]>();
      byName.set(name, listeners);
      return listeners.add(handler as (event: ServerEvent) => void);
    },
    onAny: all.add,
    emit: (name: string, event: ServerEvent): void => {
      byName.get(name)?.call(event);
      all.call(event);
    },
  };
};
