import { z } from 'zod';
import { ImportReport, Warehouse } from '../../server/contract/shipments.ts';
import type { Api } from './api.ts';
import { COMPANIES, type Company } from './companies.ts';
import { ordersToCsv } from './csv.ts';
import { makeOrders } from './orders.ts';
import { randomFrom } from './random.ts';

/** The first goods, brought in the way a customer would: warehouses over REST, purchase orders by CSV import. */

/** Together some two hundred. */
const ORDERS: Record<string, number> = { nordlicht: 84, blueheron: 71, kestrel: 49 };

const makeWarehouses = async (api: Api, company: Company): Promise<Map<string, string>> => {
  const ids = new Map<string, string>();
  for (const { name, total, available } of company.warehouses) {
    const made = await api.call(Warehouse, '/api/warehouses', { method: 'POST', body: { name, total } });
    await api.call(z.unknown(), `/api/warehouses/${made.id}/capacity`, { method: 'PATCH', body: { available } });
    ids.set(name, made.id);
  }
  return ids;
};

/** Fills an empty server. `adminOf` answers somebody of that company who may create warehouses and import. */
export const supply = async (adminOf: (companyId: string) => Api, seed: number): Promise<number> => {
  let created = 0;
  for (const [index, company] of COMPANIES.entries()) {
    const api = adminOf(company.id);
    const warehouses = await makeWarehouses(api, company);
    // A seed of its own for each, so that one company's numbers do not shift another's.
    const orders = makeOrders(randomFrom(seed * 31 + index), company, ORDERS[company.id] ?? 60, Date.now());
    const report = await api.call(ImportReport, '/api/shipments/import', {
      method: 'POST',
      raw: ordersToCsv(orders, warehouses),
      headers: { 'content-type': 'text/csv' },
    });
    if (report.rejected.length > 0)
      throw new Error(
        `The demo's own orders were refused: line ${report.rejected[0]!.line}, ${report.rejected[0]!.message}`,
      );
    created += report.created;
  }
  return created;
};
