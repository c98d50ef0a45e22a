import { type Client, type ClientOptions, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { User } from '../../contract/auth.ts';
import type { Vendor } from '../../contract/vendors.ts';
import { config } from '../../platform/config.ts';
import {
  type AppError,
  badRequest,
  conflict,
  forbidden,
  notFound,
  rateLimited,
  unavailable,
} from '../../platform/errors.ts';
import { grpcCalls } from '../../platform/metrics.ts';
import { signToken } from '../../platform/tokens.ts';
import {
  elsewhere,
  type Located,
  type LocationService as Locations,
  type VendorService as Vendors,
} from '../../vendors/elsewhere.ts';
import { findEntry } from '../../vendors/vendorIndex.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import {
  fromWireTime,
  LocationService,
  toWireTime,
  VendorService,
  type WireChange,
  type WireLocation,
  type WireVendor,
} from './protocol.ts';

/** The other way round: vendors live in services of their own, and this server asks them over gRPC. */

/** All of a call, its repetition included. */
const DEADLINE_MS = 2_000;
/** The token that a call carries says who asks; it need not live longer than the call. */
const TOKEN_SECONDS = 60;

const OPTIONS: ClientOptions = {
  // The library would wait up to two minutes before it looks again whether a service is back.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Ours repeats what is safe to repeat, within one deadline.
  'grpc.enable_retries': 0,
};

/** `host:port`, or an address whose scheme asks for TLS. */
const connect = (Service: typeof LocationService, url: string): Client => {
  const { address, tls } = /^https?:\/\//.test(url)
    ? { address: new URL(url).host, tls: url.startsWith('https:') }
    : { address: url, tls: config.GRPC_TLS_CA !== undefined };
  const ca = config.GRPC_TLS_CA ? Buffer.from(config.GRPC_TLS_CA) : null;
  return new Service(address, tls ? credentials.createSsl(ca) : credentials.createInsecure(), OPTIONS);
};

const isDown = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.UNKNOWN;
};

const toAppError = (name: string, error: ServiceError): AppError => {
  const down = unavailable(`The ${name} service cannot be reached; try again shortly`, error);
  switch (error.code) {
    case status.INVALID_ARGUMENT:
      return badRequest(error.details);
    case status.NOT_FOUND:
      return notFound('Vendor');
    case status.PERMISSION_DENIED:
      return forbidden(error.details);
    case status.FAILED_PRECONDITION:
    case status.ABORTED:
      return conflict(error.details);
    case status.RESOURCE_EXHAUSTED:
      return rateLimited(1_000);
    default:
      // Also UNAUTHENTICATED: that the service does not believe us is not the user's fault.
      return down;
  }
};

const askOnce = <Answer>(client: Client, method: string, request: object, user: User, deadline: number) =>
  new Promise<Answer>((resolve, reject) => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${signToken(user, TOKEN_SECONDS).token}`);
    const call = (client as unknown as Record<string, (...parameters: unknown[]) => void>)[method]!;
    call.call(client, request, metadata, { deadline }, (error: ServiceError | null, answer: Answer) =>
      error ? reject(error) : resolve(answer),
    );
  });

/** Asks a service; once more if it was away for a moment and asking twice does no harm. */
const createAsk =
  (name: string, client: Client, circuit: Circuit) =>
  async <Answer>(user: User, method: string, request: object, { safe }: { safe: boolean }): Promise<Answer> => {
    const deadline = Date.now() + DEADLINE_MS;
    const attempt = () => circuit.run(() => askOnce<Answer>(client, method, request, user, deadline), isDown);
    try {
      const answer = await attempt().catch((error) => {
        if (!safe || (error as ServiceError).code !== status.UNAVAILABLE) throw error;
        return attempt();
      });
      grpcCalls.inc({ method: `to ${method}`, outcome: 'ok' });
      return answer;
    } catch (error) {
      grpcCalls.inc({ method: `to ${method}`, outcome: isDown(error) ? 'unavailable' : 'failed' });
      // The circuit's own refusal is one of ours already.
      throw typeof (error as ServiceError).code === 'number' ? toAppError(name, error as ServiceError) : error;
    }
  };
type Ask = ReturnType<typeof createAsk>;

/** What the wire does not tell is what this server remembers, or now. */
const toVendor = (wire: WireVendor): Vendor => {
  const known = findEntry(wire.id)?.vendor;
  const now = new Date().toISOString();
  return {
    id: wire.id,
    companyId: wire.companyId,
    ownerId: wire.ownerId,
    name: wire.name,
    description: wire.description || null,
    category: wire.category || null,
    isOpen: wire.isOpen,
    location: wire.location,
    locatedAt: wire.location ? (known?.locatedAt ?? now) : null,
    version: wire.version,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  };
};

const toLocated = ({ vendorId, location, recordedAt }: WireLocation): Located | null =>
  location && { vendorId, location, at: recordedAt ? fromWireTime(recordedAt) : Date.now() };

const vendorsBy = (ask: Ask): Vendors => ({
  getVendor: async (user, vendorId) => toVendor(await ask<WireVendor>(user, 'GetVendor', { vendorId }, { safe: true })),
  updateVendor: async (user, vendorId, { name, description, category, isOpen }) => {
    const change: WireChange = {
      vendorId,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description: description ?? '' }),
      ...(category !== undefined && { category: category ?? '' }),
      ...(isOpen !== undefined && { isOpen }),
    };
    return toVendor(await ask<WireVendor>(user, 'UpdateVendor', change, { safe: false }));
  },
});

const locationsBy = (ask: Ask): Locations => ({
  updateLocation: async (user, vendorId, { lat, long }, at) => {
    const request = { vendorId, location: { lat, long }, recordedAt: toWireTime(at) };
    // Safe: it names its moment, so the second of two changes nothing.
    const { location } = await ask<{ location: WireLocation }>(user, 'UpdateVendorLocation', request, { safe: true });
    return toLocated(location) ?? { vendorId, location: { lat, long }, at };
  },
  getLocation: async (user, vendorId) =>
    toLocated(await ask<WireLocation>(user, 'GetVendorLocation', { vendorId }, { safe: true })),
  nearby: async (user, center, radius, limit) => {
    const request = { center, radiusMeters: radius, limit };
    const { vendors } = await ask<{ vendors: { location: WireLocation; distanceMeters: number }[] }>(
      user,
      'NearbyVendors',
      request,
      { safe: true },
    );
    return vendors.flatMap(({ location, distanceMeters }) => {
      const located = toLocated(location);
      return located ? [{ ...located, distanceMeters }] : [];
    });
  },
});

/** Makes the domain ask the configured services. Answers how they are, null when there are none, and how to let go. */
export const openGateway = (): { state: () => 'up' | 'down' | null; close: () => void } => {
  const clients: Client[] = [];
  const circuits: Circuit[] = [];
  const open = (name: string, Service: typeof LocationService, url: string) => {
    const client = connect(Service, url);
    const circuit = createCircuit(name);
    clients.push(client);
    circuits.push(circuit);
    return createAsk(name, client, circuit);
  };
  if (config.VENDOR_SERVICE_URL)
    elsewhere.vendors = vendorsBy(open('vendor', VendorService, config.VENDOR_SERVICE_URL));
  if (config.LOCATION_SERVICE_URL)
    elsewhere.locations = locationsBy(open('location', LocationService, config.LOCATION_SERVICE_URL));
  return {
    state: () => (circuits.length === 0 ? null : circuits.some((circuit) => circuit.isOpen()) ? 'down' : 'up'),
    close: () => {
      for (const client of clients) client.close();
      elsewhere.vendors = null;
      elsewhere.locations = null;
    },
  };
};
