import { createSecretKey, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import jwt from 'jsonwebtoken';
import * as ws from 'ws';

/**
 * The floor: what `ws` alone costs. No Express, no Socket.IO, no database, nothing kept; an event is framed once, and
 * what one turn of the event loop owes to a room leaves as one write to each of its sockets. It speaks just as much of
 * Socket.IO's wire as the load's viewers do.
 */

const { JWT_SECRET = '', PORT } = process.env;
const key = createSecretKey(Buffer.from(JWT_SECRET));

/** Exported by `ws`, but not in its types. */
const { Sender } = ws as unknown as { Sender: { frame: (data: Buffer, options: object) => Buffer[] } };
type Plain = ws.WebSocket & { _sender: { sendFrame: (frames: Buffer[]) => void } };

const rooms = new Map<string, Set<Plain>>();
const queued = new Map<string, Buffer[]>();

const flush = () => {
  for (const [room, frames] of queued) {
    const joined = Buffer.concat(frames);
    for (const socket of rooms.get(room) ?? []) socket._sender.sendFrame([joined]);
  }
  queued.clear();
};

const broadcast = (room: string, event: object) => {
  const text = Buffer.from(`42${JSON.stringify(['inspection:updated', event])}`);
  const frame = Buffer.concat(Sender.frame(text, { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }));
  const frames = queued.get(room);
  if (frames) frames.push(frame);
  else {
    if (queued.size === 0) setImmediate(flush);
    queued.set(room, [frame]);
  }
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const shipmentId = request.url?.split('/')[3];
  if (request.method !== 'POST' && shipmentId) {
    const { status, notes } = JSON.parse(body);
    const updatedAt = new Date().toISOString();
    broadcast(shipmentId, { shipmentId, inspection: { status, notes, inspectedBy: 'bench-0', updatedAt } });
  }
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: randomUUID() }));
});

new ws.WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.send('0{}');
  socket.on('message', (data) => {
    const packet = String(data);
    if (packet.startsWith('420')) {
      const [, { shipmentId }] = JSON.parse(packet.slice(3));
      const members = rooms.get(shipmentId) ?? new Set();
      rooms.set(shipmentId, members.add(socket as Plain));
      socket.once('close', () => members.delete(socket as Plain));
      socket.send(`430[{"success":true,"shipmentId":"${shipmentId}"}]`);
    } else if (packet.startsWith('40')) {
      jwt.verify(JSON.parse(packet.slice(2)).token, key, { algorithms: ['HS256'] });
      socket.send('40{}');
    }
  });
});

server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
