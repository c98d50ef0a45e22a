import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { User } from '../../contract/auth.ts';
import { ChangeVendor, MAX_NEARBY, NearbyQuery, Position, type Vendor } from '../../contract/vendors.ts';
import { bearerToken } from '../../platform/auth.ts';
import { config } from '../../platform/config.ts';
import { toAppError, unauthenticated } from '../../platform/errors.ts';
import { consume } from '../../platform/limits.ts';
import { log } from '../../platform/log.ts';
import { grpcCalls } from '../../platform/metrics.ts';
import { verifyToken } from '../../platform/tokens.ts';
import { identify } from '../../platform/users.ts';
import { changeVendor, nearbyVendors, reportLocation } from '../../vendors/changes.ts';
import { getVendor } from '../../vendors/lookup.ts';
import {
  fromWireTime,
  LocationService,
  STATUS,
  toWireTime,
  VendorService,
  type WireChange,
  type WireLocation,
  type WireVendor,
} from './protocol.ts';
import { addReflection } from './reflection.ts';

/** Vendors over gRPC: the same acts, rules and limits as behind the other doors. */

type Caller = { user: User; expiresAt: number };

const whoCalls = async (metadata: Metadata): Promise<Caller> => {
  const token = bearerToken(String(metadata.get('authorization')[0] ?? ''));
  if (!token) throw unauthenticated('Authentication required');
  const claims = await verifyToken(token);
  const user = await identify(claims);
  // A tracking link opens parcels and nothing else.
  if (user.role === 'guest') throw unauthenticated('Invalid or expired token');
  return { user, expiresAt: claims.exp };
};

const toStatus = (thrown: unknown, method: string) => {
  const error = toAppError(thrown);
  if (error.code === 'INTERNAL') log.error({ err: error.cause ?? error, method }, 'a gRPC call failed unexpectedly');
  grpcCalls.inc({ method, outcome: error.code.toLowerCase() });
  return { code: STATUS[error.code], details: error.message };
};

/** A call with one message each way. `limit` says what it counts against, besides being somebody's. */
const unary =
  <Request, Answer>(
    method: string,
    limit: (user: User, request: Request) => Promise<void>,
    work: (user: User, request: Request) => Promise<Answer>,
  ) =>
  (call: ServerUnaryCall<Request, Answer>, callback: sendUnaryData<Answer>): void => {
    const run = async () => {
      const { user } = await whoCalls(call.metadata);
      await limit(user, call.request);
      return work(user, call.request);
    };
    run().then(
      (answer) => {
        grpcCalls.inc({ method, outcome: 'ok' });
        callback(null, answer);
      },
      (thrown) => callback(toStatus(thrown, method)),
    );
  };

const asRequest = (user: User) => consume('http', `user:${user.id}`);

const toWireLocation = ({ id, location, locatedAt }: Vendor): WireLocation => ({
  vendorId: id,
  location,
  recordedAt: locatedAt === null ? null : toWireTime(Date.parse(locatedAt)),
});

const toWireVendor = (vendor: Vendor): WireVendor => ({
  id: vendor.id,
  companyId: vendor.companyId,
  ownerId: vendor.ownerId,
  name: vendor.name,
  description: vendor.description ?? '',
  category: vendor.category ?? '',
  isOpen: vendor.isOpen,
  location: vendor.location,
  version: vendor.version,
});

const report = async (user: User, { vendorId, location, recordedAt }: WireLocation): Promise<Vendor> => {
  // Also refuses what JSON could not even say: NaN and infinity.
  const position = Position.parse(location);
  const at = recordedAt ? fromWireTime(recordedAt) : Date.now();
  return (await reportLocation(user, vendorId, { lat: position.lat, long: position.long }, { at })).vendor;
};

const WINDOW_MS = 60_000;

/** LOCATION_RATE_LIMIT for each vendor of one stream: one caller may report for a whole fleet. */
const perVendor = () => {
  const counts = new Map<string, number>();
  let since = Date.now();
  return (vendorId: string): boolean => {
    if (Date.now() - since >= WINDOW_MS) {
      counts.clear();
      since = Date.now();
    }
    const count = (counts.get(vendorId) ?? 0) + 1;
    counts.set(vendorId, count);
    return count <= config.LOCATION_RATE_LIMIT;
  };
};

type Totals = { accepted: number; rejected: number };

/** Whether a failure is one position's own, so that the stream goes on. */
const isRejection = (thrown: unknown): boolean => {
  const { code } = toAppError(thrown);
  return code !== 'INTERNAL' && code !== 'UNAVAILABLE';
};

/** Reads the next position only when the one before is taken: a caller who is faster waits, not our memory. */
const takeAll = async (call: ServerReadableStream<WireLocation, Totals>): Promise<Totals> => {
  const { user, expiresAt } = await whoCalls(call.metadata);
  const allows = perVendor();
  const totals: Totals = { accepted: 0, rejected: 0 };
  for await (const request of call as AsyncIterable<WireLocation>) {
    if (Date.now() / 1000 >= expiresAt) throw unauthenticated('The token has expired');
    if (!allows(request.vendorId)) {
      totals.rejected += 1;
      continue;
    }
    try {
      await report(user, request);
      totals.accepted += 1;
    } catch (thrown) {
      if (!isRejection(thrown)) throw thrown;
      totals.rejected += 1;
    }
  }
  return totals;
};

const streamLocations = (call: ServerReadableStream<WireLocation, Totals>, callback: sendUnaryData<Totals>): void => {
  const method = 'StreamVendorLocations';
  takeAll(call).then(
    (totals) => {
      grpcCalls.inc({ method, outcome: 'ok' });
      callback(null, totals);
    },
    (thrown) => {
      // Cut in the middle: what was taken is kept, and nobody is left to be told.
      if (call.cancelled) grpcCalls.inc({ method, outcome: 'cancelled' });
      else callback(toStatus(thrown, method));
    },
  );
};

const locations = {
  UpdateVendorLocation: unary(
    'UpdateVendorLocation',
    (user, { vendorId }: WireLocation) => consume('location', `${user.id} ${vendorId}`),
    async (user, request) => ({ success: true, location: toWireLocation(await report(user, request)) }),
  ),
  GetVendorLocation: unary('GetVendorLocation', asRequest, async (user, { vendorId }: { vendorId: string }) =>
    toWireLocation(await getVendor(user, vendorId)),
  ),
  NearbyVendors: unary(
    'NearbyVendors',
    asRequest,
    async (user, request: { center: { lat: number; long: number } | null; radiusMeters: number; limit: number }) => {
      const query = NearbyQuery.parse({
        ...Position.parse(request.center),
        radius: request.radiusMeters === 0 ? undefined : request.radiusMeters,
        limit: request.limit === 0 ? undefined : Math.min(request.limit, MAX_NEARBY),
      });
      const vendors = await nearbyVendors(user, query);
      return {
        vendors: vendors.map((vendor) => ({
          location: toWireLocation(vendor),
          distanceMeters: vendor.distanceMeters,
        })),
      };
    },
  ),
  StreamVendorLocations: streamLocations,
};

const vendors = {
  GetVendor: unary('GetVendor', asRequest, async (user, { vendorId }: { vendorId: string }) =>
    toWireVendor(await getVendor(user, vendorId)),
  ),
  UpdateVendor: unary(
    'UpdateVendor',
    asRequest,
    async (user, { vendorId, name, description, category, isOpen }: WireChange) => {
      const change = ChangeVendor.parse({
        name,
        // An empty text takes it away: proto3 has no null.
        description: description === '' ? null : description,
        category: category === '' ? null : category,
        isOpen,
      });
      return toWireVendor(await changeVendor(user, vendorId, change, undefined));
    },
  ),
};

const credentials = (): ServerCredentials => {
  const { GRPC_TLS_CERT: certificate, GRPC_TLS_KEY: key } = config;
  if (!certificate || !key) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }]);
};

const SERVICES = ['', 'LocationService', 'VendorService'];

export type GrpcServer = { port: number; drain: () => void; close: () => Promise<void> };

/** Listens on `port`; `drain` tells health checks that it goes, `close` waits for calls under way. */
export const startGrpcServer = async (port: number): Promise<GrpcServer> => {
  const server = new Server({
    'grpc.max_receive_message_length': config.WS_MAX_PAYLOAD_BYTES,
    'grpc.max_concurrent_streams': 1_000,
    'grpc.keepalive_time_ms': config.WS_HEARTBEAT_INTERVAL,
    'grpc.keepalive_timeout_ms': config.WS_HEARTBEAT_TIMEOUT,
  });
  server.addService(LocationService.service, locations);
  server.addService(VendorService.service, vendors);
  const health = new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  addReflection(server);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`[::]:${port}`, credentials(), (error, at) => (error ? reject(error) : resolve(at)));
  });
  log.info({ port: bound, tls: Boolean(config.GRPC_TLS_CERT) }, 'gRPC is ready');
  return {
    port: bound,
    drain: () => {
      for (const name of SERVICES) health.setStatus(name, 'NOT_SERVING');
    },
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), 2_000);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
};
