import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ImportReport, Warehouse } from '../../server/contract/shipments.ts';
import type { Api } from './api.ts';
import { COMPANIES, type Company } from './companies.ts';
import { ordersToCsv } from './csv.ts';
import { readShipments } from './listing.ts';
import { makeOrders } from './orders.ts';
import { pastMoves } from './past.ts';
import { attempt, type Cast, createOrder, perform } from './perform.ts';
import { randomFrom } from './random.ts';
import { keyOf, makeWorld } from './world.ts';

/** The first goods, brought in the way a customer would: warehouses over REST, purchase orders by CSV import. */

/** Together some two hundred. */
const ORDERS: Record<string, number> = { nordlicht: 84, blueheron: 71, kestrel: 49 };

const makeWarehouses = async (api: Api, company: Company): Promise<void> => {
  for (const { name, total, available } of company.warehouses) {
    const { id } = await api.call(Warehouse, '/api/warehouses', { method: 'POST', body: { name, total } });
    await api.call(z.unknown(), `/api/warehouses/${id}/capacity`, { method: 'PATCH', body: { available } });
  }
};

/** The newest are entered by hand: the import of a file has one time for all, and lists show the newest first. */
const BY_HAND = 14;

const supplyCompany = async (cast: Cast, company: Company, seed: number): Promise<void> => {
  const api = cast.play({ role: 'operator', companyId: company.id });
  const random = randomFrom(seed);
  await makeWarehouses(api, company);
  const orders = makeOrders(random, company, ORDERS[company.id] ?? 60, Date.now());
  const { rejected } = await api.call(ImportReport, '/api/shipments/import', {
    method: 'POST',
    raw: ordersToCsv(orders.slice(0, -BY_HAND)),
    headers: { 'content-type': 'text/csv' },
  });
  if (rejected[0])
    throw new Error(`The demo's own orders were refused: line ${rejected[0].line}, ${rejected[0].message}`);
  for (const order of orders.slice(-BY_HAND)) await createOrder(api, order, randomUUID());
  const world = makeWorld(await readShipments(api));
  for (const { poNumber, status } of orders) {
    const cargo = world.cargos.get(keyOf({ companyId: company.id, poNumber }));
    if (cargo) for (const move of pastMoves(random, cargo, status)) await perform(cast, world, random, attempt(move));
  }
};

/** Fills an empty server, the companies side by side. */
export const supply = async (cast: Cast, seed: number): Promise<void> => {
  // A seed of its own for each, so that one company's numbers do not shift another's.
  await Promise.all(COMPANIES.map((company, index) => supplyCompany(cast, company, seed * 31 + index)));
};
