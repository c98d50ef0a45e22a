import type { ShipmentStatus } from '../../server/contract/shipments.ts';
import { type Company, SUPPLIERS, type Supplier } from './companies.ts';
import { laneBetween, voyageHours } from './lanes.ts';
import { type DestinationCode, portLabel } from './ports.ts';
import { between, pick, pickWeighted, type Random, whole } from './random.ts';

/** A purchase order as it stands in a company's own list, before the server has seen it. */
export type Order = {
  poNumber: string;
  supplierId: string | null;
  supplierName: string;
  origin: string;
  destination: string;
  /** By name, since the server gives the ids. Null where the company has no warehouse at that port. */
  warehouse: string | null;
  status: ShipmentStatus;
  /** ISO 8601, to the full hour. */
  eta: string;
};

const HOUR = 3_600_000;

/** A time as a carrier would write it: no false minutes. */
export const fullHour = (milliseconds: number): string =>
  new Date(Math.round(milliseconds / HOUR) * HOUR).toISOString();

/** Most cargo is at sea at any moment; little is ever standing in a yard. */
const STATUS_SHARES: [ShipmentStatus, number][] = [
  ['planned', 18],
  ['in_transit', 46],
  ['arrived', 8],
  ['inspecting', 5],
  ['received', 5],
  ['stored', 16],
  ['cancelled', 2],
];

/** When cargo of this status is, or was, due: hours from now. */
const dueIn = (random: Random, status: ShipmentStatus, voyage: number): number => {
  if (status === 'planned') return voyage + between(random, 48, 24 * 14);
  // Squared, so that some ships are always about to arrive.
  if (status === 'in_transit') return 3 + random() ** 2 * (voyage - 12);
  if (status === 'cancelled') return between(random, 24 * 5, 24 * 30);
  const longestAgo = { arrived: 24, inspecting: 48, received: 72 }[status as 'arrived'] ?? 24 * 12;
  return -between(random, 1, longestAgo);
};

/** The supplier with a sign-in is chosen more often, so that its own view is not empty. */
const chooseSupplier = (random: Random): Supplier =>
  pickWeighted(
    random,
    SUPPLIERS.map((supplier) => [supplier, supplier.userId ? 3 : 1] as const),
  )!;

/** One more order of a company, at its `running` number. `now` is in milliseconds since 1970. */
export const makeOrder = (
  random: Random,
  company: Company,
  running: number,
  now: number,
  fixed?: ShipmentStatus,
): Order => {
  const supplier = chooseSupplier(random);
  const port: DestinationCode = pick(random, company.destinations);
  const status = fixed ?? pickWeighted(random, STATUS_SHARES)!;
  const voyage = voyageHours(laneBetween(supplier.port, port)!);
  return {
    poNumber: company.poNumber(running),
    supplierId: supplier.userId ?? null,
    supplierName: supplier.name,
    origin: portLabel(supplier.port),
    destination: portLabel(port),
    warehouse: company.warehouses.find((warehouse) => warehouse.port === port)?.name ?? null,
    status,
    eta: fullHour(now + dueIn(random, status, voyage) * HOUR),
  };
};

/** The first `count` orders of a company. Numbers have small gaps, as real ones do. */
export const makeOrders = (random: Random, company: Company, count: number, now: number): Order[] => {
  let running = company.firstOrder;
  return Array.from({ length: count }, () => {
    running += whole(random, 1, 4);
    return makeOrder(random, company, running, now);
  });
};
