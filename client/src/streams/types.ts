import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import type { SocketError } from '../utils/socketError.ts';
import type { Unsubscribe } from '../utils/types.ts';

export type StreamStatus = 'live' | 'catching_up' | 'stale';

/** How true a stream's state is now. `version`: of the last event applied; null before the first snapshot. */
export type StreamContinuity = {
  readonly status: StreamStatus;
  /** Since when the state may lag behind; null when live. */
  readonly staleSince: Date | null;
  readonly version: number | null;
  /** Why the server does not let this client follow the stream; null when it does. */
  readonly error: SocketError | null;
};

export type OpenStreamArgs<State> = {
  /** Its name on the wire, such as `shipment:42`. */
  stream: string;
  /** Where it is subscribed to; `/` unless given. */
  namespace?: string;
  /** The domain's own subscribe call; `since` is added to the payload. */
  join: { event: string; payload: object };
  leave?: { event: string; payload: object };
  /** The state that a snapshot (what the stream's GET answers) and its version stand for. Called in each watcher. */
  fromSnapshot: (snapshot: unknown, version: number) => State;
  /** The state after one more event. Pure; events come in order and once. */
  reduce: (state: State, event: DurableEvent) => State;
  /**
   * Whether a durable event belongs to this stream. Unless given: when it has every field of `join.payload` with the
   * same value, as `shipmentId` of `{ shipmentId }`.
   */
  matches?: (event: ServerEvent) => boolean;
};

export type StreamHandle<State> = {
  /** undefined before the first snapshot. */
  getState(): State | undefined;
  /** Calls `listener` when state or continuity changed. */
  subscribe(listener: () => void): Unsubscribe;
  /** The same object until something in it changes. */
  readonly continuity: StreamContinuity;
  /** Resolves when the stream is live for the first time; rejects when the server refuses it or the handle is closed. */
  readonly ready: Promise<void>;
  /** Ends watching; the stream is left once nobody watches it. Closing twice changes nothing. */
  close(): void;
};
