import type { Manager, Socket } from 'socket.io-client';
import type { ServerEvent } from '../../../server/contract/common.ts';
import { backoff } from './backoff.ts';
import type { ClientInternals } from './client.ts';
import type { ConnectionHandlers } from './connection.ts';
import { retryAfterMs } from './socketError.ts';
import type { SocketClient } from './types.ts';

/** A namespace on a connection that exists anyway: comes and goes with it, and asks again when it alone was refused. */

const OPEN_MS = 10_000;
const MAX_WAIT_MS = 30_000;

type Parent = SocketClient & ClientInternals;

export const createNamespaceConnection = (parent: Parent, name: string, handlers: ConnectionHandlers) => {
  let started = false;
  let socket: Socket | undefined;
  let isUp = false;
  let failures = 0;
  let heardAt: Date | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const leave = () => {
    clearTimeout(timer);
    const before = socket;
    const wasUp = isUp;
    socket = undefined;
    isUp = false;
    if (wasUp) {
      heardAt = new Date();
      handlers.onDown();
    }
    before?.offAny();
    before?.off();
    before?.disconnect();
  };

  const again = (delay = backoff(failures++, MAX_WAIT_MS)) => {
    leave();
    handlers.onPhase(heardAt ? 'stale' : 'connecting', heardAt);
    timer = setTimeout(join, delay);
  };

  const refresh = async (current: Socket) => {
    const token = await parent.token();
    if (token && current === socket) current.emit('auth:refresh', { token }, () => {});
  };

  const take = (current: Socket, event: string, data: unknown) => {
    if (current !== socket || typeof data !== 'object' || data === null) return;
    if (event === 'connected' && !isUp) {
      clearTimeout(timer);
      isUp = true;
      failures = 0;
      handlers.onPhase('up', null);
      handlers.onUp(current, String((data as { userId?: unknown }).userId));
    }
    if (event === 'auth:expiring') void refresh(current);
    handlers.onEvent(event, data as ServerEvent);
  };

  const join = () => {
    const manager: Manager | undefined = parent.manager();
    if (!started || !manager) return;
    leave();
    const current = manager.socket(name, {
      auth: (give: (auth: object) => void) => void parent.token().then((token) => give({ token })),
    });
    socket = current;
    current.onAny((event: string, data: unknown) => take(current, event, data));
    current.on('disconnect', () => {
      if (current === socket) again();
    });
    current.on('connect_error', (error: Error & { data?: { details?: unknown } }) => {
      if (current === socket) again(retryAfterMs(error.data?.details));
    });
    timer = setTimeout(again, OPEN_MS);
  };

  /** Without the connection below there is no namespace either; why, is the connection's to say. */
  const follow = () => {
    const { status, staleSince } = parent.continuity();
    if (!started || status === 'live' || status === 'catching_up') return;
    handlers.onPhase(status, staleSince ?? heardAt);
  };

  parent.onDown(() => {
    leave();
    follow();
  });
  parent.onUp(() => {
    join();
    return undefined;
  });
  parent.subscribe(follow);

  return {
    start: () => {
      started = true;
      handlers.onPhase('connecting', null);
      follow();
      join();
    },
    stop: () => {
      started = false;
      leave();
      handlers.onPhase('idle', null);
    },
  };
};
