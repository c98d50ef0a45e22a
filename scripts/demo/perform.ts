import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ImportReport, Shipment, ShipmentDocument, Warehouse } from '../../server/contract/shipments.ts';
import type { Api } from './api.ts';
import { csvLine } from './csv.ts';
import type { Actor, Move } from './moves.ts';
import type { Order } from './orders.ts';
import { makePdf, makePhoto } from './paper.ts';
import type { Random } from './random.ts';
import { paperLines } from './stories.ts';
import { type Cargo, remember, type World } from './world.ts';

/** Does what a move says, the way a person's screen would: over REST, signed in, told when somebody was quicker. */

export type Cast = {
  /** The person who plays this part. */
  play: (actor: Actor) => Api;
  /** Called before a person works on a shipment: they look at it for a while. */
  look: (api: Api, shipmentId: string) => void;
};

const Anything = z.unknown();
/** One move is one intention: a repeat after a lost answer must not do it twice. */
export type Attempt = { move: Move; key: string };
export const attempt = (move: Move): Attempt => ({ move, key: randomUUID() });

const uploadForm = (random: Random, cargo: Cargo, documentType: ShipmentDocument['documentType']): FormData => {
  const form = new FormData();
  form.set('documentType', documentType);
  const name = `${cargo.poNumber}-${documentType.replaceAll('_', '-')}`;
  if (documentType === 'photo')
    form.set('file', new Blob([new Uint8Array(makePhoto(random))], { type: 'image/png' }), `${name}.png`);
  else {
    const { heading, lines } = paperLines(random, cargo, documentType);
    const pdf = new Uint8Array(makePdf(heading, lines));
    form.set('file', new Blob([pdf], { type: 'application/pdf' }), `${name}.pdf`);
  }
  return form;
};

const afterStatus = (world: World, random: Random, cargo: Cargo, key: string) => {
  if (cargo.status === 'in_transit') world.sailed.push(key);
  if (cargo.status === 'stored' && cargo.warehouseId !== null) {
    const places = -Math.round(18 + random() * 48);
    world.pallets.push({ companyId: cargo.companyId, warehouseId: cargo.warehouseId, places });
  }
};

const setCapacity = async (api: Api, warehouseId: string, places: number) => {
  const warehouse = (await listWarehouses(api)).find(({ id }) => id === warehouseId);
  if (!warehouse) return;
  // Full is full, and nobody can fetch more than lies there.
  const available = Math.max(0, Math.min(warehouse.total, warehouse.available + places));
  await api.call(Anything, `/api/warehouses/${warehouseId}/capacity`, { method: 'PATCH', body: { available } });
};

const listWarehouses = async (api: Api) =>
  (await api.call(z.object({ items: z.array(Warehouse) }), '/api/warehouses?limit=200')).items;

/** Enters one order by hand, as planned. A repeat with the same key creates nothing more. */
export const createOrder = async (api: Api, order: Order, key: string): Promise<Shipment> => {
  const { poNumber, supplierId, supplierName, origin, destination, eta } = order;
  const warehouse = order.warehouse && (await listWarehouses(api)).find(({ name }) => name === order.warehouse);
  const body = {
    poNumber,
    supplierId,
    supplierName,
    origin,
    destination,
    eta,
    warehouseId: warehouse ? warehouse.id : null,
  };
  return api.call(Shipment, '/api/shipments', { method: 'POST', body, headers: { 'idempotency-key': key } });
};

/** A repeat changes nothing, so it needs no key. */
const importEtas = async (api: Api, world: World, etas: { key: string; eta: string }[]) => {
  const lines = etas.flatMap(({ key, eta }) => {
    const cargo = world.cargos.get(key);
    return cargo ? [csvLine([cargo.poNumber, eta])] : [];
  });
  await api.call(ImportReport, '/api/shipments/import', {
    method: 'POST',
    raw: [csvLine(['poNumber', 'eta']), ...lines, ''].join('\r\n'),
    headers: { 'content-type': 'text/csv' },
  });
};

/** Reads one shipment again, as the person who works on it sees it. */
export const readAgain = async (api: Api, world: World, cargo: Cargo): Promise<Cargo> =>
  remember(world, await api.call(Shipment, `/api/shipments/${cargo.id}`));

const onCargo = async (
  api: Api,
  world: World,
  random: Random,
  cargo: Cargo,
  { move, key }: Attempt & { move: Extract<Move, { key: string }> },
): Promise<void> => {
  const path = `/api/shipments/${cargo.id}`;
  switch (move.kind) {
    case 'status': {
      const changed = await api.call(Shipment, `${path}/status`, {
        method: 'PATCH',
        body: { status: move.status, note: move.note },
        // Decided on what this person last saw; whoever watches the demo may have changed it meanwhile.
        headers: { 'if-match': `"${cargo.version}"` },
      });
      afterStatus(world, random, remember(world, changed), move.key);
      return;
    }
    case 'inspection':
      await api.call(Anything, `${path}/inspection`, {
        method: 'PATCH',
        body: { status: move.status, notes: move.notes },
      });
      break;
    case 'reject':
      await api.call(Anything, `${path}/reject`, {
        method: 'POST',
        body: { reason: move.reason },
        headers: { 'idempotency-key': key },
      });
      break;
    case 'document': {
      const { id, isVerified } = await api.call(ShipmentDocument, `${path}/documents`, {
        method: 'POST',
        raw: uploadForm(random, cargo, move.documentType),
      });
      cargo.papers[move.documentType] = { id, isVerified };
      break;
    }
    case 'verify': {
      const paper = cargo.papers[move.documentType];
      if (!paper) return;
      await api.call(Anything, `${path}/documents/${paper.id}`, { method: 'PATCH', body: { isVerified: true } });
      paper.isVerified = true;
      break;
    }
  }
  await readAgain(api, world, cargo);
};

/** Carries a move out. Throws Refused when somebody else was quicker or a right is missing, Unreachable when down. */
export const perform = async (cast: Cast, world: World, random: Random, tried: Attempt): Promise<void> => {
  const { move, key } = tried;
  const api = cast.play(move.by);
  switch (move.kind) {
    case 'capacity':
      await setCapacity(api, move.warehouseId, move.places);
      world.pallets = world.pallets.filter(({ warehouseId, places }) => {
        return warehouseId !== move.warehouseId || places !== move.places;
      });
      return;
    case 'order':
      // Before the answer: if somebody used this number already, the next order must not try it again.
      world.running.set(move.companyId, move.running);
      remember(world, await createOrder(api, move.order, key));
      return;
    case 'etas':
      await importEtas(api, world, move.etas);
      world.sailed = world.sailed.filter((key) => !move.etas.some((changed) => changed.key === key));
      for (const { key } of move.etas) {
        const cargo = world.cargos.get(key);
        if (cargo) await readAgain(api, world, cargo);
      }
      return;
    default: {
      const cargo = world.cargos.get(move.key);
      if (!cargo) return;
      cast.look(api, cargo.id);
      world.focus = move.key;
      await onCargo(api, world, random, cargo, { move, key });
    }
  }
};
