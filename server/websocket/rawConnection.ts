import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { ServerEvent } from '../contract/common.ts';
import { RAW_CLOSE } from '../contract/vendors.ts';
import { subscriptions } from '../platform/metrics.ts';
import { addToHeartbeat, removeFromHeartbeat } from './heartbeat.ts';
import { leaveAll } from './presence.ts';
import { joinRaw, leaveRaw, leaveRawRooms, type RawMember, toFrame } from './rawRooms.ts';
import { noteEnd, willEnd } from './traces.ts';
import type { LiveSocket, SocketData } from './types.ts';

/**
 * A plain WebSocket that handlers, streams and rooms take for a socket of its namespace: it has of a Socket.IO socket
 * what they use, and speaks JSON frames.
 */
export class RawConnection implements RawMember {
  readonly id = randomUUID();
  readonly rooms = new Set<string>();
  readonly nsp: { name: string };
  readonly conn: { close: () => void; transport: { name: string } };
  readonly connectedAt = Date.now();
  data!: SocketData;
  /** Becomes true once it is known who this is, and false when it ends. */
  connected = false;
  /** Since when it has been too far behind, in ms; 0: it keeps up. */
  slowSince = 0;
  /** Heartbeats that nobody answered. */
  missed = 0;
  readonly #socket: WebSocket;
  #onDisconnect: (() => void)[] = [];

  constructor(socket: WebSocket, namespace: string) {
    this.#socket = socket;
    this.nsp = { name: namespace };
    // Rights that changed: the client comes back with those it has then.
    this.conn = { close: () => this.close(RAW_CLOSE.forbidden, 'Rights changed'), transport: { name: 'raw' } };
  }

  /** The same object, as the rest of the live half knows sockets. */
  get live(): LiveSocket {
    return this as unknown as LiveSocket;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  /** Sends an event; its own field `type` is its name, as everywhere. */
  emit(type: string, event: ServerEvent): boolean {
    // On raw sockets the heartbeat is `ping`; heads are worth a frame only when something moved.
    if (type === 'heads' && Object.keys(event.streams as object).length === 0) return true;
    this.send(toFrame({ ...event, type }));
    return true;
  }

  join(names: string | string[]): void {
    if (!this.connected) return;
    for (const room of [names].flat()) joinRaw(this.nsp.name, room, this);
  }

  leave(room: string): void {
    leaveRaw(this.nsp.name, room, this);
  }

  once(_event: 'disconnect', listener: () => void): void {
    this.#onDisconnect.push(listener);
  }

  disconnect(): void {
    this.close(RAW_CLOSE.tooManyMessages, 'Too many messages');
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(because: string): void {
    willEnd(this.conn, because);
    this.#socket.terminate();
  }

  /** Enters it among the live ones; from now on `data` says whose it is. */
  open(data: SocketData): void {
    this.data = data;
    this.connected = true;
    // Its own room, as Socket.IO's have.
    this.join(this.id);
    addToHeartbeat(this.live);
  }

  /** Takes it out everywhere. Called once, when the transport has closed. */
  ended(because: string): void {
    if (!this.connected) return;
    this.connected = false;
    noteEnd(this.live, because);
    for (const listener of this.#onDisconnect.splice(0)) listener();
    leaveRawRooms(this.nsp.name, this);
    leaveAll(this.id);
    removeFromHeartbeat(this.live);
    subscriptions.dec(this.data.streams.size);
  }
}

/** All of this node, those that are still being let in among them. */
export const rawConnections = new Set<RawConnection>();
