import { io, type Socket } from 'socket.io-client';
import type { ServerEvent } from '../../../server/contract/common.ts';
import { watchSilence } from './silence.ts';
import { retryAfterMs } from './socketError.ts';

/** How a connection ended, or why it did not come to be. */
export type End =
  | { kind: 'lost'; wasUp: boolean }
  /** The server said no, and why. */
  | { kind: 'refused'; code: string; retryAfterMs: number | undefined };

type Handlers = {
  /** The server has let us in; `userId` is who we are to it. */
  onUp: (userId: string) => void;
  onEvent: (name: string, event: ServerEvent) => void;
  /** Anything at all came from the server. */
  onHeard: () => void;
  /** Called once, whatever happened. */
  onEnd: (end: End) => void;
};

export type Attempt = {
  socket: Socket;
  up: () => boolean;
  /** Whether the connection is still heard of; ends it when not. */
  check: () => void;
  end: () => void;
};

/** Until the server has let us in. A proxy that swallows websockets says nothing, so this must be short of a user's patience. */
const OPEN_MS = 10_000;
const PING_INTERVAL_MS = 10_000;

/**
 * One connection from its beginning to its end. Nothing is reused for the next one, so no buffer, timer or listener of
 * a dead connection can act on a living one.
 */
export const openAttempt = (url: string, token: string, pollingFirst: boolean, handlers: Handlers): Attempt => {
  const options = {
    auth: { token },
    forceNew: true,
    reconnection: false,
    timeout: OPEN_MS,
    // By turns: a proxy may break websockets, and servers side by side without sticky sessions break polling.
    transports: pollingFirst ? ['polling', 'websocket'] : ['websocket'],
  };
  const socket = url ? io(url, options) : io(options);
  let over = false;
  let isUp = false;
  let silence: ReturnType<typeof watchSilence> | undefined;

  const finish = (end: End) => {
    if (over) return;
    over = true;
    isUp = false;
    clearTimeout(opening);
    silence?.stop();
    socket.offAny();
    socket.disconnect();
    // A connection that is still opening is not ended by `disconnect`.
    socket.io.engine.close();
    handlers.onEnd(end);
  };
  const lost = () => finish({ kind: 'lost', wasUp: isUp });
  const opening = setTimeout(lost, OPEN_MS);

  socket.io.engine.on('packet', () => {
    if (over) return;
    silence?.heard();
    handlers.onHeard();
  });
  socket.io.engine.on('handshake', ({ pingInterval }: { pingInterval?: number }) => {
    silence = watchSilence(pingInterval || PING_INTERVAL_MS, lost);
  });
  socket.on('connect_error', (error: Error & { data?: { code?: unknown; details?: unknown } }) => {
    const code = error.data?.code;
    if (typeof code !== 'string') lost();
    else finish({ kind: 'refused', code, retryAfterMs: retryAfterMs(error.data?.details) });
  });
  socket.on('disconnect', lost);
  socket.onAny((name: string, event: unknown) => {
    if (over || typeof event !== 'object' || event === null) return;
    if (name === 'connected' && !isUp) {
      isUp = true;
      clearTimeout(opening);
      handlers.onUp(String((event as { userId?: unknown }).userId));
    }
    handlers.onEvent(name, event as ServerEvent);
  });
  return { socket, up: () => isUp, check: () => silence?.check(), end: lost };
};
