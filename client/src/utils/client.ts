import type { Manager, Socket } from 'socket.io-client';
import type { AckError, ServerEvent } from '../../../server/contract/common.ts';
import { askToken } from './askToken.ts';
import { type ConnectionHandlers, createConnection, type Phase } from './connection.ts';
import { createEmitter, createListeners } from './emitter.ts';
import { fromAckError, SocketError } from './socketError.ts';
import type { Continuity, SocketClient, TokenSource } from './types.ts';

/** What the stream layer needs beyond the public client. */
export type ClientInternals = {
  /** Sees every server event first; one for which it answers true is not given to handlers now. */
  intercept: (interceptor: (event: ServerEvent) => boolean) => void;
  /** Gives an event to the handlers of `on` and `onAny`. */
  dispatch: (event: ServerEvent) => void;
  /** Called when a connection is up; the status is `catching_up` until the promise settles. `userId` is the server's word. */
  onUp: (work: (userId: string) => Promise<void> | undefined) => void;
  onDown: (work: () => void) => void;
  /** The connection below, which namespaces share; undefined while it is not up. */
  manager: () => Manager | undefined;
  /** The token to send now; undefined when there is none. */
  token: () => Promise<string | undefined>;
};

const EMIT_MS = 15_000;

const toStatus = (phase: Phase, catchingUp: boolean): Continuity['status'] => {
  if (phase === 'idle') return 'offline';
  if (phase === 'up') return catchingUp ? 'catching_up' : 'live';
  return phase;
};

type Connection = Pick<ReturnType<typeof createConnection>, 'start' | 'stop'>;
type Waiter = { deliver: (socket: Socket) => void; fail: (error: SocketError) => void };

/** A client of its own; an application uses the one in `socketClient.ts`. */
export const createClient = (
  open: (handlers: ConnectionHandlers) => Connection = createConnection,
): SocketClient & ClientInternals => {
  const emitter = createEmitter();
  const changed = createListeners<[]>();
  const downs = createListeners<[]>();
  const ups: ((userId: string) => Promise<void> | undefined)[] = [];
  let interceptor: (event: ServerEvent) => boolean = () => false;
  let socket: Socket | undefined;
  let phase: Phase = 'idle';
  let catchingUp = false;
  let continuity: Continuity = { status: 'offline', staleSince: null };
  let wanted: { source: TokenSource; url: string; guest: boolean } | undefined;
  let waiting: Waiter[] = [];

  const update = (staleSince: Date | null) => {
    const status = toStatus(phase, catchingUp);
    if (status === continuity.status && staleSince?.getTime() === continuity.staleSince?.getTime()) return;
    continuity = { status, staleSince };
    changed.call();
  };

  const failWaiting = (error: SocketError) => {
    const failed = waiting;
    waiting = [];
    for (const { fail } of failed) fail(error);
  };

  const up = async (current: Socket, userId: string) => {
    socket = current;
    const work = ups.map((start) => start(userId)).filter((promise) => promise !== undefined);
    catchingUp = work.length > 0;
    update(null);
    const queued = waiting;
    waiting = [];
    for (const { deliver } of queued) deliver(current);
    await Promise.allSettled(work);
    if (socket !== current) return;
    catchingUp = false;
    update(null);
  };

  const connection = open({
    onPhase: (next, staleSince) => {
      phase = next;
      // `up` follows at once and knows whether there is something to catch up with.
      if (next === 'up') return;
      if (next === 'unauthenticated')
        failWaiting(new SocketError('UNAUTHENTICATED', 'Nobody is signed in, or the token was refused'));
      update(staleSince);
    },
    onUp: (current, userId) => void up(current, userId),
    onDown: () => {
      socket = undefined;
      catchingUp = false;
      downs.call();
    },
    onEvent: (name, event) => {
      if (!interceptor(event)) emitter.emit(name, event);
    },
  });

  const connected = (timeoutMs: number): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const waiter: Waiter = {
        deliver: (current) => {
          clearTimeout(timer);
          resolve(current);
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiting = waiting.filter((other) => other !== waiter);
        reject(new SocketError('UNAVAILABLE', 'There is no connection to the server'));
      }, timeoutMs);
      waiting.push(waiter);
    });

  const ask = <Answer>(current: Socket, event: string, data: unknown, timeoutMs: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const take = (error: Error | null, answer?: { success?: unknown; error?: AckError }) => {
        if (!error && answer?.success !== false) resolve(answer as Answer);
        else if (!error && answer?.error) reject(fromAckError(answer.error));
        else if (current.connected) reject(new SocketError('TIMEOUT', `No answer to ${event} in time`));
        else reject(new SocketError('UNAVAILABLE', `The connection was lost before the answer to ${event}`));
      };
      const timed = current.timeout(timeoutMs);
      if (data === undefined) timed.emit(event, take);
      else timed.emit(event, data, take);
    });

  const send = async <Answer>(event: string, data: unknown, timeoutMs: number): Promise<Answer> => {
    if (socket) return ask<Answer>(socket, event, data, timeoutMs);
    const deadline = Date.now() + timeoutMs;
    return ask<Answer>(await connected(timeoutMs), event, data, Math.max(1_000, deadline - Date.now()));
  };

  return {
    connect: (source, { url = '', namespace = '/', guest = false } = {}) => {
      const trimmed = url.replace(/\/+$/, '') + (namespace === '/' ? '' : namespace);
      const same = wanted?.source === source && wanted.url === trimmed && wanted.guest === guest;
      if (same && phase !== 'unauthenticated') return;
      wanted = { source, url: trimmed, guest };
      connection.start(source, trimmed, guest);
    },
    disconnect: () => {
      wanted = undefined;
      connection.stop();
      failWaiting(new SocketError('UNAVAILABLE', 'Disconnected'));
    },
    emit: <Answer extends object>(event: string, data?: unknown, { timeoutMs = EMIT_MS } = {}) => {
      const answer = send<Answer>(event, data, timeoutMs);
      // Marks this promise as handled: a caller who does not look at it must not get an unhandled rejection.
      answer.catch(() => {});
      return answer;
    },
    on: (event, handler) => emitter.on(event, handler),
    onAny: (handler) => emitter.onAny(handler),
    connected: () => socket !== undefined,
    getId: () => socket?.id,
    status: () => continuity.status,
    staleSince: () => continuity.staleSince,
    continuity: () => continuity,
    subscribe: changed.add,
    url: () => wanted?.url ?? '',
    intercept: (next) => {
      interceptor = next;
    },
    dispatch: (event) => emitter.emit(event.type, event),
    onUp: (work) => void ups.push(work),
    onDown: (work) => void downs.add(work),
    manager: () => socket?.io,
    token: async () => {
      const asked = wanted ? await askToken(wanted.source) : undefined;
      return asked?.kind === 'token' ? asked.token : undefined;
    },
  };
};
