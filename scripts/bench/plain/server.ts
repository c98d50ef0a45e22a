import { createSecretKey, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'amqplib';
import express, { type RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { Server, type Socket } from 'socket.io';

/**
 * The other side of the comparison: what a competent engineer writes in an afternoon with the same packages, on their
 * defaults. It signs nobody's history, asks nobody's rights, and forgets what nobody listened to. It is left without
 * helmet, cors, limits, metrics and request logs on purpose: what Waybeat spends on those counts against Waybeat.
 */

const {
  DATABASE_URL,
  JWT_SECRET = '',
  PORT,
  JWT_KEY_OBJECT,
  RABBITMQ_URL,
  RABBITMQ_EXCHANGE = '',
  RABBITMQ_QUEUE = '',
} = process.env;

// Most code hands jsonwebtoken the secret as a string; it then tries it as a public key first, at a high price. Told
// so, the same server verifies with a KeyObject, to show what remains of the difference once that is known.
const key = JWT_KEY_OBJECT === '1' ? createSecretKey(Buffer.from(JWT_SECRET)) : JWT_SECRET;
const identify = (token: string) =>
  jwt.verify(token, key, { algorithms: ['HS256'] }) as { username: string; companyId: string };

const pool = new pg.Pool({ connectionString: DATABASE_URL });
await pool.query(`create table if not exists shipments (
  id bigint generated always as identity primary key,
  po_number text not null unique,
  status text not null default 'planned',
  status_changed_at timestamptz not null default now(),
  changed_by text not null,
  inspection_status text,
  inspection_notes text,
  inspected_by text,
  updated_at timestamptz not null default now()
)`);

const app = express();
const httpServer = createServer(app);
const io = new Server(httpServer);

const requireUser: RequestHandler = (request, response, next) => {
  try {
    response.locals.user = identify(request.headers.authorization?.slice('Bearer '.length) ?? '');
  } catch {
    response.status(401).json({ error: 'Invalid or expired token' });
    return;
  }
  next();
};

app.use(express.json());
app.get('/health', (_request, response) => void response.json({ status: 'OK' }));
app.use('/api', requireUser);

app.post('/api/shipments', async (request, response) => {
  const { rows } = await pool.query('insert into shipments (po_number, changed_by) values ($1, $2) returning *', [
    request.body.poNumber,
    response.locals.user.username,
  ]);
  response.status(201).json(rows[0]);
});

app.patch('/api/shipments/:id/status', async (request, response) => {
  const { rows } = await pool.query(
    `update shipments set status = $2, changed_by = $3, status_changed_at = now(), updated_at = now()
     where id = $1 returning *`,
    [request.params.id, request.body.status, response.locals.user.username],
  );
  const shipment = rows[0];
  if (!shipment) {
    response.status(404).json({ error: 'Shipment not found' });
    return;
  }
  io.to(`shipment:${shipment.id}`).emit('shipment:updated', {
    shipmentId: shipment.id,
    status: shipment.status,
    statusChangedAt: shipment.status_changed_at,
    changedBy: shipment.changed_by,
  });
  response.json(shipment);
});

app.patch('/api/shipments/:id/inspection', async (request, response) => {
  const { rows } = await pool.query(
    `update shipments set inspection_status = $2, inspection_notes = $3, inspected_by = $4, updated_at = now()
     where id = $1 returning id, inspection_status, inspection_notes, inspected_by, updated_at`,
    [request.params.id, request.body.status, request.body.notes, response.locals.user.username],
  );
  const row = rows[0];
  if (!row) {
    response.status(404).json({ error: 'Shipment not found' });
    return;
  }
  const inspection = {
    status: row.inspection_status,
    notes: row.inspection_notes,
    inspectedBy: row.inspected_by,
    updatedAt: row.updated_at,
  };
  io.to(`shipment:${row.id}`).emit('inspection:updated', { shipmentId: row.id, inspection });
  response.json(inspection);
});

await pool.query(`create table if not exists seats (
  id text primary key,
  route text not null,
  seat text not null,
  live boolean not null
)`);
await pool.query('create unique index if not exists seats_once on seats (route, seat) where live');

app.post('/api/routes', (_request, response) => void response.status(201).json({ id: randomUUID() }));

app.post('/api/tickets', async (request, response) => {
  const { routeId, seatNumber } = request.body;
  const { rows } = await pool.query(
    'insert into seats values ($1, $2, $3, true) on conflict (route, seat) where live do nothing returning id',
    [randomUUID(), routeId, seatNumber],
  );
  if (rows.length > 0) response.status(201).json(rows[0]);
  else response.status(409).json({ error: 'Seat is already taken' });
});

await pool.query(`create table if not exists positions (
  id bigint generated always as identity primary key,
  awb text not null,
  lat float8 not null,
  long float8 not null,
  heading real,
  speed real,
  accuracy real,
  recorded_at timestamptz not null
)`);
const tracking = io.of('/tracking');

type Location = { lat: number; long: number; recordedAt?: string } & Record<string, number | string | undefined>;
const storePosition = (awb: string, { lat, long, heading, speed, accuracy, recordedAt }: Location) =>
  pool.query(
    'insert into positions (awb, lat, long, heading, speed, accuracy, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [awb, lat, long, heading, speed, accuracy, recordedAt ?? new Date()],
  );
const showPosition = (awb: string, location: Location) =>
  tracking
    .to('fleet')
    .to(`tracking-${awb}`)
    .emit('location-update', { type: 'location-update', timestamp: new Date().toISOString(), awb, location });

let parcels = 0;
app.post('/api/tracking', (_request, response) => {
  parcels += 1;
  response.status(201).json({ awb: `FX${10_000_000 + parcels}` });
});

app.post('/api/tracking/:awb/locations', async (request, response) => {
  const { awb } = request.params;
  const { locations } = request.body as { locations: Location[] };
  await Promise.all(locations.map((location) => storePosition(awb, location)));
  showPosition(awb, locations.at(-1)!);
  response.status(202).json({ awb, accepted: locations.length });
});

const requireToken = (socket: Socket, next: (error?: Error) => void) => {
  try {
    socket.data.user = identify(socket.handshake.auth.token);
    next();
  } catch {
    next(new Error('Invalid or expired token'));
  }
};
io.use(requireToken);
tracking.use(requireToken);

tracking.on('connection', (socket) => {
  socket.emit('connected');
  socket.on('subscribe-fleet', (_input, acknowledge) => {
    socket.join('fleet');
    acknowledge?.({ success: true });
  });
  socket.on('report-location', async ({ awb, location }, acknowledge) => {
    await storePosition(awb, location);
    showPosition(awb, location);
    acknowledge?.({ success: true, awb });
  });
});

io.on('connection', (socket) => {
  if (RABBITMQ_URL) {
    socket.join(`company:${socket.data.user.companyId}`);
    socket.emit('connected');
  }
  socket.on('join:shipment', ({ shipmentId }, acknowledge) => {
    socket.join(`shipment:${shipmentId}`);
    acknowledge?.({ success: true, shipmentId });
  });
  // To everybody: the map of each sorts out what it shows.
  socket.on('update_location', ({ vendorId, location }) => {
    io.emit('location_updated', { vendorId, location, timestamp: new Date().toISOString() });
  });
  socket.on('leave:shipment', ({ shipmentId }, acknowledge) => {
    socket.leave(`shipment:${shipmentId}`);
    acknowledge?.({ success: true, shipmentId });
  });
});

if (RABBITMQ_URL) {
  await pool.query(`create table if not exists stock_counts (
    id bigint generated always as identity primary key,
    company_id text not null,
    product_id text not null,
    shop_id text not null,
    quantity int not null,
    created_at timestamptz not null default now()
  )`);
  const channel = await (await connect(RABBITMQ_URL)).createChannel();
  await channel.assertExchange(RABBITMQ_EXCHANGE, 'topic', { durable: true });
  await channel.assertQueue(RABBITMQ_QUEUE, { durable: true });
  await channel.bindQueue(RABBITMQ_QUEUE, RABBITMQ_EXCHANGE, 'inventory.*');
  await channel.prefetch(50);
  await channel.consume(RABBITMQ_QUEUE, async (message) => {
    if (!message) return;
    const { companyId, productId, shopId, quantity } = JSON.parse(message.content.toString());
    await pool.query('insert into stock_counts (company_id, product_id, shop_id, quantity) values ($1, $2, $3, $4)', [
      companyId,
      productId,
      shopId,
      quantity,
    ]);
    io.to(`company:${companyId}`).emit('inventory:updated', { productId, shopId, quantity });
    channel.ack(message);
  });
}

httpServer.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
