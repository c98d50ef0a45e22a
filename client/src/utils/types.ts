import type { ErrorCode, ServerEvent } from '../../../server/contract/common.ts';

/** Nothing, an empty string or `null` means: nobody is signed in. */
export type Token = string | null | undefined;
/** A function is called afresh at every (re)connect and when the server says that the token is about to expire. */
export type TokenSource = string | (() => Token | Promise<Token>);

/**
 * - `connecting`: the first connection is on its way.
 * - `live`: connected, and every open stream is complete.
 * - `catching_up`: connected, and open streams are being completed.
 * - `stale`: the connection was lost or fell silent and is being replaced.
 * - `offline`: an attempt to connect failed too; attempts go on. Also after `disconnect()`.
 * - `unauthenticated`: there is no token that the server accepts; `connect` again once somebody signed in.
 */
export type ConnectionStatus = 'connecting' | 'live' | 'catching_up' | 'stale' | 'offline' | 'unauthenticated';

/** `staleSince`: when the server was last heard of, while it is not; null when live, and when nobody wants to be connected. */
export type Continuity = { readonly status: ConnectionStatus; readonly staleSince: Date | null };

/** Codes of the contract, and `TIMEOUT` for an answer that did not come. */
export type ClientErrorCode = ErrorCode | 'TIMEOUT';

export type Unsubscribe = () => void;

export type ConnectOptions = {
  /** Where the server is; the page's own host unless given. */
  url?: string;
  /** Connects to this namespace alone, for those who may not enter `/`: guests and bearers of a tracking link. */
  namespace?: string;
  /** Connects without a token too, where the server admits guests. */
  guest?: boolean;
};

export type EmitOptions = {
  /** Milliseconds to wait for a connection and the answer together; 15,000 unless given. */
  timeoutMs?: number;
};

export type SocketClient = {
  /** Connects and stays connected until `disconnect()`. Calling it again with the same arguments changes nothing. */
  connect(token: TokenSource, options?: ConnectOptions): void;
  disconnect(): void;
  /**
   * Sends an event and resolves to its acknowledgement. Waits for the connection first. Rejects with a `SocketError`;
   * a caller that ignores the promise causes no unhandled rejection, and hears of failures by the event `error`.
   * An answer lost with the connection rejects with `UNAVAILABLE`: what was asked may have happened.
   */
  emit<Answer extends object = Record<string, unknown>>(
    event: string,
    data?: unknown,
    options?: EmitOptions,
  ): Promise<Answer>;
  /**
   * Calls `handler` with every `event`. Those of open streams come in order and once, the missed ones included.
   */
  on<Event extends ServerEvent = ServerEvent>(event: string, handler: (event: Event) => void): Unsubscribe;
  /** The same for every event whatever its name. */
  onAny(handler: (event: ServerEvent) => void): Unsubscribe;
  connected(): boolean;
  /** The id of the current connection; undefined while there is none. */
  getId(): string | undefined;
  status(): ConnectionStatus;
  staleSince(): Date | null;
  /** Status and staleSince; the same object until one of them changes. */
  continuity(): Continuity;
  /** Calls `listener` when `continuity()` or `getId()` changed. */
  subscribe(listener: () => void): Unsubscribe;
  /** The `url` given to `connect`, without a slash at the end; an empty string means the page's own host. */
  url(): string;
};
