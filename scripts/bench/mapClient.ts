import { connect, type Socket } from 'node:net';
import { OPCODE, pongFrame, readFrames, textFrame } from './frames.ts';
import { within } from './within.ts';

/**
 * Light clients of a map: they sign in to one namespace, say one thing, and count the positions that arrive. Reporters
 * are the same without the counting.
 */

export interface MapClient {
  send(event: string, data: object): void;
}

export interface Maps {
  clients: readonly MapClient[];
  /** Positions that arrived at all clients together. */
  positions(): number;
  /** Resolves when that has become `total`. */
  reached(total: number): Promise<void>;
  close(): void;
}

export interface MapsOptions {
  port: number;
  namespace: string;
  tokens: readonly string[];
  /** Said once the client is in, and waited for; null: nothing. */
  hello: (client: number) => { event: string; data: object } | null;
}

const PONG = textFrame('3');
const AT_ONCE = 64;

/** Opens one client for each token; resolves when all are in and answered. */
export async function openMaps({ port, namespace, tokens, hello }: MapsOptions): Promise<Maps> {
  const prefix = namespace === '/' ? '' : `${namespace},`;
  const position = `42${prefix}["location_updated"`;
  const sockets: Socket[] = [];
  let positions = 0;
  let waiting: { total: number; resolve: () => void } | null = null;
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  failure.catch(() => {});
  let closing = false;

  const open = (token: string, index: number) =>
    new Promise<MapClient>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      sockets.push(socket);
      let upgraded = false;
      let rest: Buffer = Buffer.alloc(0);
      const lost = (reason: string) => {
        if (closing) return;
        reject(new Error(reason));
        failed(new Error(`a map client was lost: ${reason}`));
      };
      const send = (event: string, data: object, ack = '') =>
        socket.write(textFrame(`42${prefix}${ack}${JSON.stringify([event, data])}`));
      const ready = () => resolve({ send });
      const onPacket = (bytes: Buffer, from: number, to: number) => {
        const head = bytes.toString('latin1', from, Math.min(to, from + position.length));
        if (head === position) {
          positions += 1;
          if (waiting && positions >= waiting.total) waiting.resolve();
        } else if (head[0] === '2') socket.write(PONG);
        else if (head[0] === '0') socket.write(textFrame(`40${prefix}${JSON.stringify({ token })}`));
        else if (head.startsWith('40')) {
          const words = hello(index);
          if (words) send(words.event, words.data, '0');
          else ready();
        } else if (head.startsWith('43')) {
          if (bytes.toString('latin1', from, Math.min(to, from + 200)).includes('"success":true')) ready();
          else lost(bytes.toString('utf8', from, to));
        } else if (head.startsWith('44')) lost(bytes.toString('utf8', from, to));
      };
      socket.on('data', (data) => {
        let bytes = rest.length > 0 ? Buffer.concat([rest, data]) : data;
        if (!upgraded) {
          const end = bytes.indexOf('\r\n\r\n');
          if (end < 0) {
            rest = bytes;
            return;
          }
          upgraded = true;
          bytes = bytes.subarray(end + 4);
        }
        const at = readFrames(bytes, 0, bytes.length, (opcode, from, to) => {
          if (opcode === OPCODE.text) onPacket(bytes, from, to);
          else if (opcode === OPCODE.ping) socket.write(pongFrame(Buffer.from(bytes.subarray(from, to))));
          else if (opcode === OPCODE.close) lost('closed by a close frame');
        });
        rest = bytes.subarray(at);
      });
      socket.on('error', (error) => lost(error.message));
      socket.on('close', () => lost('closed by the server'));
      socket.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
          'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Key: bGlnaHQgY2xpZW50IGtleQ==\r\n\r\n',
      );
    });

  const maps: Maps = {
    clients: [],
    positions: () => positions,
    reached: (total) => {
      if (positions >= total) return Promise.resolve();
      const all = new Promise<void>((resolve) => {
        waiting = { total, resolve };
      });
      return within(
        30_000,
        Promise.race([all, failure]),
        () => `${total - positions} of ${total} positions are missing`,
      );
    },
    close: () => {
      closing = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  const clients: MapClient[] = [];
  try {
    for (let index = 0; index < tokens.length; index += AT_ONCE)
      clients.push(
        ...(await Promise.all(
          tokens.slice(index, index + AT_ONCE).map((token, offset) => open(token, index + offset)),
        )),
      );
  } catch (error) {
    maps.close();
    throw error;
  }
  return { ...maps, clients };
}
