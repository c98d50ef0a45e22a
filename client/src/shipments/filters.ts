import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { Shipment, ShipmentStatus } from '../../../server/contract/shipments.ts';
import { STATUSES } from './status.ts';

export type Filters = { q: string; status: ShipmentStatus[]; warehouseId: string };

export const NO_FILTERS: Filters = { q: '', status: [], warehouseId: '' };
export const isFiltered = ({ q, status, warehouseId }: Filters) => q !== '' || status.length > 0 || warehouseId !== '';

/** As the list route expects them. */
export const toQuery = ({ q, status, warehouseId }: Filters): URLSearchParams => {
  const query = new URLSearchParams();
  if (q) query.set('q', q);
  if (status.length > 0) query.set('status', status.join(','));
  if (warehouseId) query.set('warehouseId', warehouseId);
  return query;
};

/** Whether the server would list it: rows that arrive live must obey the filters too. */
export const matches = (shipment: Shipment, { q, status, warehouseId }: Filters): boolean => {
  if (status.length > 0 && !status.includes(shipment.status)) return false;
  if (warehouseId && shipment.warehouseId !== warehouseId) return false;
  if (!q) return true;
  const { poNumber, supplierName, origin, destination } = shipment;
  const text = [poNumber, supplierName, origin, destination].filter((field) => field !== null).join(' ');
  return text.toLowerCase().includes(q.toLowerCase());
};

/** The filters in the query of an address. */
export const readFilters = (query: string): Filters => {
  const read = new URLSearchParams(query);
  const asked = read.get('status')?.split(',') ?? [];
  return {
    q: read.get('q') ?? '',
    status: STATUSES.filter((status) => asked.includes(status)),
    warehouseId: read.get('warehouseId') ?? '',
  };
};

/** The filters live in the address, so that a view can be shared, reloaded and come back to. */
export const useFilters = () => {
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const filters = useMemo(() => readFilters(text), [text]);
  const setFilters = useCallback((next: Filters) => setQuery(toQuery(next), { replace: true }), [setQuery]);
  return [filters, setFilters] as const;
};
