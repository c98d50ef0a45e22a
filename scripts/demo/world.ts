import type { DocumentType, Shipment, ShipmentStatus } from '../../server/contract/shipments.ts';

/** What the demo's people know. Filled from the server's answers, so that a restart or a person's change is no surprise. */

export type Cargo = Shipment & {
  /** Papers uploaded while this demo runs, with the server's id and whether somebody has verified them. */
  papers: Partial<Record<DocumentType, { id: string; isVerified: boolean }>>;
};

export type World = {
  cargos: Map<string, Cargo>;
  /** Goods that were put away or fetched, in pallet places; the warehouse does not know yet. */
  pallets: { companyId: string; warehouseId: string; places: number }[];
  /** Sailed since the carrier's last file, so the ETA still is the planned one. */
  sailed: string[];
  /** The last order number given, by company. */
  running: Map<string, number>;
  /** The cargo just handled: a story is easier to follow than two hundred. */
  focus: string | null;
};

/** Begins the number of every order that a fault run makes for itself (see break/): nobody of the demo works on those. */
export const RUN_MARK = 'BREAK-';
export const isOfARun = ({ poNumber }: { poNumber: string }): boolean => poNumber.startsWith(RUN_MARK);

/** Order numbers are unique within a company only. */
export const keyOf = ({ companyId, poNumber }: { companyId: string; poNumber: string }): string =>
  `${companyId} ${poNumber}`;

/** Cargo beyond the quay has had its papers, whether or not this run of the demo saw them. */
const assumedPapers = (status: ShipmentStatus): Cargo['papers'] => {
  const done = { id: '', isVerified: true };
  if (status === 'planned' || status === 'in_transit') return {};
  if (status === 'arrived') return { invoice: done };
  return { invoice: done, proof_of_delivery: done, photo: done };
};

/** Stored goods beyond this many are forgotten, oldest first: the demo may run for days. */
const MAX_STORED = 120;

/** Takes what the server says about a shipment, keeping what is known about its papers. */
export const remember = (world: World, shipment: Shipment): Cargo => {
  const key = keyOf(shipment);
  const cargo = { ...shipment, papers: world.cargos.get(key)?.papers ?? assumedPapers(shipment.status) };
  // Nothing follows these two.
  if (cargo.status === 'rejected' || cargo.status === 'cancelled') world.cargos.delete(key);
  else world.cargos.set(key, cargo);
  if (cargo.status === 'stored') {
    const stored = [...world.cargos].filter(([, { status }]) => status === 'stored');
    if (stored.length > MAX_STORED) world.cargos.delete(stored[0]![0]);
  }
  return cargo;
};

/** A world of these shipments, in an order that does not depend on ids or insertion times. */
export const makeWorld = (shipments: readonly Shipment[]): World => {
  const world: World = { cargos: new Map(), pallets: [], sailed: [], running: new Map(), focus: null };
  for (const shipment of [...shipments].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    remember(world, shipment);
    const running = Number(/(\d{5,6})$/.exec(shipment.poNumber)?.[1] ?? 0);
    world.running.set(shipment.companyId, Math.max(running, world.running.get(shipment.companyId) ?? 0));
  }
  return world;
};
