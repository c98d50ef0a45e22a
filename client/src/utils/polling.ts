import { createListeners } from './emitter.ts';
import type { ConnectionStatus, SocketClient, Unsubscribe } from './types.ts';

/** What an application does while the socket is down: ask over HTTP every 30 s, and know whether that works. */

export const POLL_MS = 30_000;
const HEALTH_MS = 10_000;
const HEALTH_TIMEOUT_MS = 5_000;

/** Whether the socket is down. Without a valid token HTTP would not work either. */
export const isDown = (status: ConnectionStatus): boolean => status === 'stale' || status === 'offline';

const isHealthy = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/live`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
};

export const createPolling = (client: SocketClient, healthy: (url: string) => Promise<boolean> = isHealthy) => {
  const changed = createListeners<[]>();
  let httpWorks = false;
  let observers = 0;
  let checking: ReturnType<typeof setTimeout> | undefined;
  let isChecking = false;
  let unwatch: Unsubscribe = () => {};

  let active = false;
  const update = () => {
    // A connection that was just lost may be back in a second; only when trying again failed is it another mode.
    const next = httpWorks && client.status() === 'offline';
    if (next === active) return;
    active = next;
    changed.call();
  };
  const setHttpWorks = (value: boolean) => {
    httpWorks = value;
    update();
  };

  const wanted = () => client.staleSince() !== null && isDown(client.status());

  const check = async () => {
    isChecking = true;
    const works = await healthy(client.url());
    isChecking = false;
    if (!wanted() || observers === 0) return;
    setHttpWorks(works);
    checking = setTimeout(check, HEALTH_MS);
  };

  const follow = () => {
    if (wanted()) {
      update();
      if (checking === undefined && !isChecking) void check();
      return;
    }
    clearTimeout(checking);
    checking = undefined;
    setHttpWorks(false);
  };

  return {
    /** Whether HTTP works while connecting fails. Known only while somebody subscribes. */
    active: () => active,
    subscribe: (listener: () => void): Unsubscribe => {
      observers += 1;
      if (observers === 1) unwatch = client.subscribe(follow);
      const remove = changed.add(listener);
      follow();
      return () => {
        remove();
        observers -= 1;
        if (observers > 0) return;
        unwatch();
        clearTimeout(checking);
        checking = undefined;
        setHttpWorks(false);
      };
    },
    /** Calls `work` every 30 s while the socket is down. */
    poll: (work: () => unknown): Unsubscribe => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let stopped = false;
      const run = async () => {
        try {
          await work();
        } catch {
          // Says nothing new: whether HTTP works is for the health check to find out. The next call comes in 30 s.
        }
        timer = undefined;
        arm();
      };
      const arm = () => {
        if (stopped || !wanted()) {
          clearTimeout(timer);
          timer = undefined;
        } else timer ??= setTimeout(run, POLL_MS);
      };
      const unsubscribe = client.subscribe(arm);
      arm();
      return () => {
        stopped = true;
        unsubscribe();
        clearTimeout(timer);
      };
    },
  };
};
