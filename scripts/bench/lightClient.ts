import { connect, type Socket } from 'node:net';
import { OPCODE, pongFrame, readFrames, textFrame } from './frames.ts';

/**
 * One light viewer: a TCP socket that speaks just enough Engine.IO 4 and Socket.IO 5 to sign in, join shipments,
 * answer pings and count what arrives. Ten thousand of them fit on one core, where ordinary clients would be the
 * slowest part of the measurement.
 */

export interface LightClientOptions {
  port: number;
  token: string;
  /** Joined one after the other. */
  shipmentIds: readonly string[];
  /** The last version that this viewer has, as one who comes back says; absent for one who comes first. */
  since?: number | undefined;
  /** Loopback address to connect from: one address has some 28,000 ports, and closed ones rest for a minute. */
  localAddress: string;
}

export interface LightClientListener {
  /** All joins were acknowledged. */
  onReady(): void;
  /** An event reached this client; `sequence` is the number that the writer put into its notes, 0 without one. */
  onDelivery(client: LightClient, sequence: number, bytes: number): void;
  /** The connection is gone or was refused; not called after `close()`. */
  onLost(reason: string): void;
}

/** Sequence numbers stand at the head of the notes, zero-padded, so that no JSON needs to be parsed to read them. */
export const SEQUENCE_DIGITS = 8;
const MARK = Buffer.from('"notes":"#');
const DELIVERY = Buffer.from('42["inspection:updated",');
const PONG = textFrame('3');
const ZERO = 0x30;
/** How often a client comes back, after 0.5 to 1.5 s as those of Socket.IO do, when it is reset before any answer. */
const COMEBACKS = 10;

// One read buffer for all: a read's callback runs before the next socket is read.
const shared = Buffer.allocUnsafe(256 * 1024);

export class LightClient {
  /** Sequence of the last event seen, to prove that none is lost, doubled or out of order. */
  lastSequence = 0;
  #socket!: Socket;
  readonly #options: LightClientOptions;
  readonly #listener: LightClientListener;
  #upgraded = false;
  #finished = false;
  #comebacks = 0;
  #joined = 0;
  #leftover: Buffer | null = null;

  constructor(options: LightClientOptions, listener: LightClientListener) {
    this.#options = options;
    this.#listener = listener;
    this.#open();
  }

  #open(): void {
    const { port, localAddress } = this.#options;
    this.#leftover = null;
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      localAddress,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length) => {
          this.#read(length);
          return true;
        },
      },
    });
    let again = false;
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      // A kernel that took on more connections than it can hand over resets some of them: nobody was served yet.
      again = error.code === 'ECONNRESET' && !this.#upgraded && this.#comebacks++ < COMEBACKS;
      if (!again) this.#lost(error.message);
    });
    this.#socket.on('close', () => {
      if (!again) this.#lost('closed by the server');
      else setTimeout(() => this.#finished || this.#open(), 500 + Math.random() * 1000);
    });
    this.#socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: bGlnaHQgY2xpZW50IGtleQ==\r\n\r\n',
    );
  }

  /** Resets the connection, so that no port is left resting in TIME_WAIT. */
  close(): void {
    this.#finished = true;
    this.#socket.resetAndDestroy();
  }

  #lost(reason: string): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#socket.destroy();
    this.#listener.onLost(reason);
  }

  #read(length: number): void {
    let bytes: Buffer = shared;
    let end = length;
    if (this.#leftover) {
      bytes = Buffer.concat([this.#leftover, shared.subarray(0, length)]);
      end = bytes.length;
      this.#leftover = null;
    }
    let at = 0;
    if (!this.#upgraded) {
      at = this.#upgrade(bytes, end);
    }
    if (this.#upgraded) {
      at = readFrames(bytes, at, end, (opcode, from, to) => this.#frame(bytes, opcode, from, to));
    }
    if (at < end && !this.#finished) this.#leftover = Buffer.from(bytes.subarray(at, end));
  }

  /** Answers where the frames begin; 0 while the header is incomplete. */
  #upgrade(bytes: Buffer, end: number): number {
    const header = bytes.toString('latin1', 0, end);
    const length = header.indexOf('\r\n\r\n');
    if (length < 0) return 0;
    if (!header.startsWith('HTTP/1.1 101')) {
      this.#lost(`upgrade refused: ${header.slice(0, 200)}`);
      return 0;
    }
    this.#upgraded = true;
    return length + 4;
  }

  #frame(bytes: Buffer, opcode: number, from: number, to: number): void {
    if (opcode === OPCODE.text) this.#packet(bytes, from, to);
    else if (opcode === OPCODE.ping) this.#socket.write(pongFrame(Buffer.from(bytes.subarray(from, to))));
    else if (opcode === OPCODE.close) this.#lost('closed by a close frame');
  }

  #packet(bytes: Buffer, from: number, to: number): void {
    if (
      to - from > DELIVERY.length &&
      bytes.compare(DELIVERY, 0, DELIVERY.length, from, from + DELIVERY.length) === 0
    ) {
      this.#listener.onDelivery(this, sequenceOf(bytes, from, to), to - from);
      return;
    }
    const engineType = bytes[from];
    if (engineType === 0x32) this.#socket.write(PONG);
    else if (engineType === 0x30) this.#send(`40${JSON.stringify({ token: this.#options.token })}`);
    else if (engineType === 0x34) this.#socketIoPacket(bytes, from, to);
  }

  #socketIoPacket(bytes: Buffer, from: number, to: number): void {
    const type = bytes[from + 1];
    if (type === 0x30) {
      this.#join();
    } else if (type === 0x33) {
      const ack = bytes.toString('utf8', from, Math.min(to, from + 200));
      if (!ack.includes('"success":true')) this.#lost(`join refused: ${ack}`);
      else if (++this.#joined === this.#options.shipmentIds.length) this.#listener.onReady();
      else this.#join();
    } else if (type === 0x34) {
      this.#lost(`connection refused: ${bytes.toString('utf8', from, to)}`);
    }
  }

  #join(): void {
    const { shipmentIds, since } = this.#options;
    this.#send(`420${JSON.stringify(['join:shipment', { shipmentId: shipmentIds[this.#joined], since }])}`);
  }

  #send(text: string): void {
    this.#socket.write(textFrame(text));
  }
}

let markAt = 0;
/** The layout is the same in nearly every frame, so the last place of the mark is tried before it is searched. */
function sequenceOf(bytes: Buffer, from: number, to: number): number {
  const guess = from + markAt;
  if (guess + MARK.length > to || bytes.compare(MARK, 0, MARK.length, guess, guess + MARK.length) !== 0) {
    const found = bytes.subarray(from, to).indexOf(MARK);
    if (found < 0) return 0;
    markAt = found;
  }
  let sequence = 0;
  const digits = from + markAt + MARK.length;
  for (let index = 0; index < SEQUENCE_DIGITS; index++) sequence = sequence * 10 + (bytes[digits + index]! - ZERO);
  return sequence;
}
