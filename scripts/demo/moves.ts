import type { DocumentType, InspectionStatus, ShipmentStatus } from '../../server/contract/shipments.ts';
import { COMPANIES } from './companies.ts';
import { makeOrder, type Order } from './orders.ts';
import { pick, pickWeighted, type Random, whole } from './random.ts';
import { arrivalNote, carrierEtas, departureNote, REJECTIONS } from './stories.ts';
import { type Cargo, keyOf, type World } from './world.ts';

/**
 * What happens next in the demo. Pure: the same world, chance and time give the same move, and nothing is changed
 * here. Weights keep the numbers of each status about level, so that it can run all day.
 */

/** Who does it; the performer turns a role of a company into a person who is signed in. */
export type Actor = { role: 'operator' | 'inspector'; companyId: string } | { role: 'supplier'; id: string };

export type Move =
  | { kind: 'status'; by: Actor; key: string; status: Exclude<ShipmentStatus, 'rejected'>; note: string }
  | { kind: 'inspection'; by: Actor; key: string; status: InspectionStatus; notes: string }
  | { kind: 'reject'; by: Actor; key: string; reason: string }
  | { kind: 'document'; by: Actor; key: string; documentType: DocumentType }
  | { kind: 'verify'; by: Actor; key: string; documentType: DocumentType }
  | { kind: 'capacity'; by: Actor; warehouseId: string; places: number }
  | { kind: 'order'; by: Actor; companyId: string; running: number; order: Order }
  | { kind: 'etas'; by: Actor; companyId: string; etas: { key: string; eta: string }[] };

const HOUR = 3_600_000;
export const operatorOf = ({ companyId }: { companyId: string }): Actor => ({ role: 'operator', companyId });
export const inspectorOf = ({ companyId }: { companyId: string }): Actor => ({ role: 'inspector', companyId });
/** Suppliers who sign in send their own papers; those of the others come by mail and the operator files them. */
const shipperOf = (cargo: Cargo): Actor =>
  cargo.supplierId ? { role: 'supplier', id: cargo.supplierId } : operatorOf(cargo);

/** As many of a company's newest orders as a window shows without scrolling. */
const IN_VIEW = 14;
/** How often the choice falls on what is in view, and on the company whose sign-in comes first. */
const VIEW_SHARE = 0.8;
const HOME_SHARE = 0.5;

/** Lists show the newest first, and whoever watches looks at the top of one: most of what happens should be there. */
const inView = (all: readonly Cargo[]): ReadonlySet<Cargo> => {
  const view = COMPANIES.flatMap(({ id }) =>
    all
      .filter(({ companyId }) => companyId === id)
      .sort((a, b) => (a.poNumber < b.poNumber ? 1 : -1))
      .slice(0, IN_VIEW),
  );
  return new Set(view);
};

const chooseCompany = (random: Random) => (random() < HOME_SHARE ? COMPANIES[0]! : pick(random, COMPANIES));

const choose = (random: Random, candidates: readonly Cargo[], view: ReadonlySet<Cargo>): Cargo => {
  const home = candidates.filter(({ companyId }) => companyId === COMPANIES[0]!.id);
  const pool = home.length > 0 && random() < HOME_SHARE ? home : candidates;
  const seen = pool.filter((cargo) => view.has(cargo));
  return pick(random, seen.length > 0 && random() < VIEW_SHARE ? seen : pool);
};

const depart = (random: Random, cargo: Cargo): Move => ({
  kind: 'status',
  by: operatorOf(cargo),
  key: keyOf(cargo),
  ...(random() < 0.04
    ? { status: 'cancelled', note: 'Order withdrawn: the supplier cannot deliver in time' }
    : { status: 'in_transit', note: departureNote(random, cargo) }),
});

const arrive = (random: Random, cargo: Cargo): Move => ({
  kind: 'status',
  by: operatorOf(cargo),
  key: keyOf(cargo),
  status: 'arrived',
  note: arrivalNote(random, cargo),
});

const sendPaper = (random: Random, cargo: Cargo): Move => ({
  kind: 'document',
  by: shipperOf(cargo),
  key: keyOf(cargo),
  documentType: cargo.papers.invoice ? pick(random, ['packing_list', 'customs'] as const) : 'invoice',
});

const onTheQuay = (random: Random, cargo: Cargo): Move => {
  const at = { by: operatorOf(cargo), key: keyOf(cargo) };
  const proof = cargo.papers.proof_of_delivery;
  if (!proof) return { kind: 'document', ...at, documentType: 'proof_of_delivery' };
  if (!proof.isVerified) return { kind: 'verify', ...at, documentType: 'proof_of_delivery' };
  if (random() < 0.12)
    return { kind: 'status', ...at, status: 'received', note: 'Trusted supplier: received without inspection' };
  return { kind: 'status', ...at, status: 'inspecting', note: `On inspection ramp ${whole(random, 1, 9)}` };
};

const onTheRamp = (random: Random, cargo: Cargo): Move => {
  const inspect = { kind: 'inspection', by: inspectorOf(cargo), key: keyOf(cargo) } as const;
  switch (cargo.inspectionStatus) {
    case 'passed':
      return {
        kind: 'status',
        by: operatorOf(cargo),
        key: keyOf(cargo),
        status: 'received',
        note: 'Counted and complete',
      };
    case 'failed':
      return { kind: 'reject', by: operatorOf(cargo), key: keyOf(cargo), reason: pick(random, REJECTIONS) };
    case 'in_progress':
      if (!cargo.papers.photo && random() < 0.5)
        return { kind: 'document', by: operatorOf(cargo), key: keyOf(cargo), documentType: 'photo' };
      return random() < 0.88
        ? { ...inspect, status: 'passed', notes: `${whole(random, 3, 12)} cartons opened, no fault found` }
        : {
            ...inspect,
            status: 'failed',
            notes: `${whole(random, 2, 9)} of ${whole(random, 10, 20)} cartons at fault`,
          };
    default:
      return { ...inspect, status: 'in_progress', notes: `Seal ${whole(random, 100_000, 999_999)} broken in presence` };
  }
};

const handle = (random: Random, cargo: Cargo): Move => {
  if (cargo.status === 'arrived') return onTheQuay(random, cargo);
  if (cargo.status === 'inspecting') return onTheRamp(random, cargo);
  const note = `Put away in aisle ${whole(random, 1, 40)}, ${whole(random, 18, 66)} pallets`;
  return { kind: 'status', by: operatorOf(cargo), key: keyOf(cargo), status: 'stored', note };
};

const newOrder = (random: Random, world: World, now: number): Move => {
  const company = chooseCompany(random);
  const running = (world.running.get(company.id) ?? company.firstOrder) + whole(random, 1, 4);
  const order = makeOrder(random, company, running, now, 'planned');
  return { kind: 'order', by: { role: 'operator', companyId: company.id }, companyId: company.id, running, order };
};

const fetchGoods = (random: Random, stored: Cargo[]): Move => {
  const cargo = pick(random, stored);
  return { kind: 'capacity', by: operatorOf(cargo), warehouseId: cargo.warehouseId!, places: whole(random, 20, 90) };
};

/** The next move. `now` is in milliseconds since 1970; undefined when nothing at all can be done. */
export const nextMove = (random: Random, world: World, now: number): Move | undefined => {
  const all = [...world.cargos.values()];
  const view = inView(all);
  const of = (...statuses: ShipmentStatus[]) => all.filter(({ status }) => statuses.includes(status));
  const planned = of('planned');
  const atSea = of('in_transit');
  const ashore = of('arrived', 'inspecting', 'received');
  const due = atSea.filter(({ eta }) => eta !== null && Date.parse(eta) - now < 24 * HOUR);
  const paperless = atSea.filter(
    ({ papers }) => !papers.invoice || (papers.invoice.isVerified && !papers.packing_list),
  );
  const dueInView = due.filter((cargo) => view.has(cargo));
  const storedSomewhere = of('stored').filter(({ warehouseId }) => warehouseId !== null);
  const [pallets] = world.pallets;

  const focus = world.focus === null ? undefined : world.cargos.get(world.focus);
  if (focus && ashore.includes(focus) && random() < 0.45) return handle(random, focus);

  const choices: [() => Move | undefined, number][] = [
    [() => newOrder(random, world, now), Math.max(0, 42 - planned.length) / 12],
    [
      () => depart(random, choose(random, planned, view)),
      atSea.length < 110 ? Math.max(0, planned.length - 20) / 12 : 0,
    ],
    [() => sendPaper(random, choose(random, paperless, view)), paperless.length > 0 ? 0.6 : 0],
    [
      () => arrive(random, choose(random, due, view)),
      due.length > 0 && atSea.length > 60 ? Math.max(0, 36 - ashore.length) / 12 : 0,
    ],
    [
      () => carrierEtas(random, world, chooseCompany(random).id, atSea, view, now),
      dueInView.length < 3 || world.sailed.length > 5 ? 0.7 : 0.05,
    ],
    [() => handle(random, choose(random, ashore, view)), Math.min(3, ashore.length / 8)],
    [() => pallets && { kind: 'capacity', by: operatorOf(pallets), ...pallets }, pallets ? 2 : 0],
    [() => fetchGoods(random, storedSomewhere), storedSomewhere.length > 0 ? 0.4 : 0],
  ];
  return pickWeighted(random, choices)?.();
};
