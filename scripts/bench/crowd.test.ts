import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { Server } from 'socket.io';
import { openCrowd } from './crowd.ts';
import { readFrames } from './frames.ts';

/** The light clients against a real Socket.IO server: what they count must be what was sent. */

const httpServer = createServer();
const io = new Server(httpServer, { pingInterval: 200, pingTimeout: 400 });
let port = 0;

before(async () => {
  io.use((socket, next) => next(socket.handshake.auth.token === 'bad' ? new Error('Invalid token') : undefined));
  io.on('connection', (socket) => {
    socket.emit('connected', { socketId: socket.id });
    socket.on('join:shipment', ({ shipmentId }, acknowledge) => {
      socket.join(shipmentId);
      // Longer than one read and than a 16-bit length, as an answer that lists many viewers is.
      acknowledge(shipmentId === 'closed' ? { success: false } : { success: true, viewers: 'ü'.repeat(300_000) });
    });
  });
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  port = (httpServer.address() as AddressInfo).port;
});
after(() => io.close());

const send = (room: string, sequence: number) =>
  io.to(room).emit('inspection:updated', { inspection: { notes: `#${String(sequence).padStart(8, '0')}…` } });
const open = (shipmentId: string, tokens = ['a', 'b', 'c']) =>
  openCrowd({ port, tokens, shipmentsOf: () => [shipmentId], window: 2, timeoutMs: 5000 });

test('every viewer joins, and each event is counted once for each', async () => {
  const { crowd } = await open('one');
  send('one', 1);
  await crowd.delivered(3, 2000);
  for (let sequence = 2; sequence <= 50; sequence++) send('one', sequence);
  await crowd.delivered(150, 2000);
  assert.equal(crowd.deliveries(), 150);
  assert.ok(crowd.eventBytes() > 40);
  crowd.close();
});

test('viewers answer the heartbeat, so an idle crowd stays connected', async () => {
  const { crowd } = await open('idle');
  await new Promise((resolve) => setTimeout(resolve, 900));
  send('idle', 1);
  await crowd.delivered(3, 2000);
  crowd.close();
});

test('a viewer that is reset before anybody answered comes back', async () => {
  let resets = 0;
  const reset = (socket: Socket) => {
    if (++resets === 3) httpServer.off('connection', reset);
    socket.resetAndDestroy();
  };
  httpServer.prependListener('connection', reset);
  const { crowd } = await open('reset');
  assert.equal(resets, 3);
  send('reset', 1);
  await crowd.delivered(3, 2000);
  crowd.close();
});

test('a lost, a doubled and a missing event are noticed', async () => {
  const skipped = await open('skipped');
  send('skipped', 2);
  await assert.rejects(skipped.crowd.delivered(4, 2000), /event 2 after event 0/);
  const doubled = await open('doubled');
  send('doubled', 1);
  send('doubled', 1);
  await assert.rejects(doubled.crowd.delivered(6, 2000), /event 1 after event 1/);
  const missing = await open('missing');
  await assert.rejects(missing.crowd.delivered(3, 50), /3 of 3 deliveries did not arrive/);
  for (const { crowd } of [skipped, doubled, missing]) crowd.close();
});

test('a refused connection, a refused join and a lost server end the opening or the wait', async () => {
  await assert.rejects(open('x', ['a', 'bad']), /connection refused: 44.*Invalid token/);
  await assert.rejects(open('closed'), /join refused/);
  const { crowd } = await open('cut');
  const waiting = assert.rejects(crowd.delivered(3, 2000), /lost/);
  io.in('cut').disconnectSockets(true);
  await waiting;
  crowd.close();
});

test('frames are read across any cut, with every form of length', () => {
  const frame = (length: number) => {
    if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), Buffer.alloc(length)]);
    const header = Buffer.alloc(length < 65_536 ? 4 : 10);
    header[0] = 0x81;
    header[1] = length < 65_536 ? 126 : 127;
    if (length < 65_536) header.writeUInt16BE(length, 2);
    else header.writeBigUInt64BE(BigInt(length), 2);
    return Buffer.concat([header, Buffer.alloc(length)]);
  };
  const lengths = [0, 125, 126, 65_535, 65_536, 7];
  const bytes = Buffer.concat(lengths.map(frame));
  for (const cut of [1, 2, 3, 5, 130, 131, 260, 66_000, bytes.length - 1]) {
    const seen: number[] = [];
    const note = (_opcode: number, from: number, to: number) => seen.push(to - from);
    const rest = readFrames(bytes, 0, cut, note);
    readFrames(bytes, rest, bytes.length, note);
    assert.deepEqual(seen, lengths, `cut at ${cut}`);
  }
});
