import type { Socket } from 'socket.io-client';
import type { ServerEvent } from '../../../server/contract/common.ts';
import { type Asked, askToken } from './askToken.ts';
import { type Attempt, type End, openAttempt } from './attempt.ts';
import { backoff } from './backoff.ts';
import { maybeOnline, watchBrowser } from './browser.ts';
import type { TokenSource } from './types.ts';

/** Stays connected: one attempt after another for as long as it is wanted. */

export type Phase = 'idle' | 'connecting' | 'up' | 'stale' | 'offline' | 'unauthenticated';

export type ConnectionHandlers = {
  onPhase: (phase: Phase, staleSince: Date | null) => void;
  onUp: (socket: Socket, userId: string) => void;
  onDown: () => void;
  onEvent: (name: string, event: ServerEvent) => void;
};

const MAX_LOST_MS = 5_000;
/** Refusals count against the address, so they are repeated less often. */
const MAX_REFUSED_MS = 30_000;
/** A connection that lasted this long was a success: the next wait starts small again. */
const STEADY_MS = 5_000;
/** Spreads those who get their network back in the same instant. */
const WAKE_MS = 250;

export const createConnection = (handlers: ConnectionHandlers) => {
  let source: TokenSource = '';
  let url = '';
  let guest = false;
  /** Counts what the user wanted; an answer to an earlier wish is ignored. */
  let wish = 0;
  let attempt: Attempt | undefined;
  let failures = 0;
  let pollingFirst = false;
  let upSince = 0;
  /** When the server was last heard of, or else when connecting began. */
  let heardAt = 0;
  let notBefore = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let draining: ReturnType<typeof setTimeout> | undefined;
  let stopWatching = () => {};

  const setPhase = (phase: Phase) => {
    const current = phase === 'idle' || phase === 'connecting' || phase === 'up';
    handlers.onPhase(phase, current ? null : new Date(heardAt));
  };

  const later = (delay: number) => {
    clearTimeout(retry);
    const wait = Math.max(delay, notBefore - Date.now());
    notBefore = 0;
    retry = setTimeout(() => {
      retry = undefined;
      void begin();
    }, wait);
  };

  const begin = async () => {
    const mine = wish;
    const asked: Asked = await askToken(source);
    if (mine !== wish) return;
    if (asked.kind === 'none' && !guest) {
      giveUp();
      return;
    }
    if (asked.kind === 'failed') {
      setPhase('offline');
      later(backoff(failures++, MAX_LOST_MS));
      return;
    }
    attempt = openAttempt(url, asked.kind === 'token' ? asked.token : '', pollingFirst, {
      onHeard: () => {
        heardAt = Date.now();
      },
      onUp: (userId) => {
        upSince = Date.now();
        setPhase('up');
        handlers.onUp(attempt!.socket, userId);
      },
      onEvent: (name, event) => {
        if (name === 'server:draining') drain(Number(event.reconnectInMs) || 0);
        if (name === 'auth:expiring') void refresh();
        handlers.onEvent(name, event);
      },
      onEnd: (end) => {
        if (mine === wish) ended(end);
      },
    });
  };

  const giveUp = () => {
    stopWatching();
    setPhase('unauthenticated');
  };

  const ended = (end: End) => {
    attempt = undefined;
    clearTimeout(draining);
    const wasUp = end.kind === 'lost' && end.wasUp;
    if (wasUp) handlers.onDown();
    // The same text will not be accepted the next time either; a function may have a newer one.
    if (end.kind === 'refused' && end.code === 'UNAUTHENTICATED' && typeof source === 'string') return giveUp();
    if (wasUp && Date.now() - upSince > STEADY_MS) failures = 0;
    if (end.kind === 'lost' && !wasUp) pollingFirst = !pollingFirst;
    else pollingFirst = false;
    setPhase(wasUp && maybeOnline() ? 'stale' : 'offline');
    // A server that drains has named the time, spread over its clients.
    if (notBefore > 0) return later(0);
    const delay = backoff(failures++, end.kind === 'refused' ? MAX_REFUSED_MS : MAX_LOST_MS);
    later(end.kind === 'refused' ? Math.max(delay, end.retryAfterMs ?? 0) : delay);
  };

  /** The server is about to stop: come back when it asks, which is spread over its clients, and not before. */
  const drain = (reconnectInMs: number) => {
    clearTimeout(draining);
    notBefore = Date.now() + reconnectInMs;
    failures = 0;
    draining = setTimeout(() => attempt?.end(), reconnectInMs);
  };

  const refresh = async () => {
    const current = attempt;
    const asked = await askToken(source);
    if (!current?.up() || current !== attempt || asked.kind !== 'token') return;
    current.socket.timeout(10_000).emit('auth:refresh', { token: asked.token }, (error: unknown, answer: unknown) => {
      const refused = (answer as { error?: { code?: unknown } } | undefined)?.error?.code;
      // Somebody else signed in meanwhile: it takes a connection of their own.
      if (!error && refused === 'FORBIDDEN' && current === attempt) current.end();
    });
  };

  const wake = () => {
    if (retry) later(Math.random() * WAKE_MS);
    else attempt?.check();
  };

  const stop = () => {
    wish += 1;
    clearTimeout(retry);
    clearTimeout(draining);
    retry = undefined;
    notBefore = 0;
    stopWatching();
    const before = attempt;
    attempt = undefined;
    if (before?.up()) handlers.onDown();
    before?.end();
  };

  return {
    /** `asGuest`: without a token too. */
    start: (newSource: TokenSource, newUrl: string, asGuest = false) => {
      stop();
      source = newSource;
      url = newUrl;
      guest = asGuest;
      failures = 0;
      pollingFirst = false;
      heardAt = Date.now();
      // A device that lost its network need not wait for the silence; whether it is true, the next attempt shows.
      stopWatching = watchBrowser({ onOffline: () => attempt?.end(), onWake: wake });
      setPhase('connecting');
      void begin();
    },
    stop: () => {
      stop();
      setPhase('idle');
    },
  };
};
