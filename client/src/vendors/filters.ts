import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { VendorBrief } from '../../../server/contract/vendors.ts';
import { categoryKey } from './category.ts';

/** Which vendors a map or list shows; kept in the address, so that a view can be shared and come back to. */
export type Filters = { q: string; category: string; openOnly: boolean };

export const NO_FILTERS: Filters = { q: '', category: '', openOnly: false };
export const isFiltered = ({ q, category, openOnly }: Filters) => q !== '' || category !== '' || openOnly;

export const matches = (vendor: VendorBrief, { q, category, openOnly }: Filters): boolean => {
  if (openOnly && !vendor.isOpen) return false;
  if (category && categoryKey(vendor.category) !== category) return false;
  if (!q) return true;
  return `${vendor.name} ${vendor.description ?? ''} ${vendor.category ?? ''}`.toLowerCase().includes(q.toLowerCase());
};

/** The categories among these with how many vendors each has; by name, since counts change under the pointer. */
export const categoriesOf = (vendors: Iterable<VendorBrief>): { key: string; name: string; count: number }[] => {
  const found = new Map<string, { name: string; count: number }>();
  for (const { category } of vendors) {
    const key = categoryKey(category);
    if (!key) continue;
    const entry = found.get(key);
    if (entry) entry.count += 1;
    else found.set(key, { name: category!.trim(), count: 1 });
  }
  return [...found]
    .map(([key, { name, count }]) => ({ key, name: name.charAt(0).toUpperCase() + name.slice(1), count }))
    .sort((a, b) => a.key.localeCompare(b.key));
};

const OURS = ['q', 'category', 'open'];

export const useFilters = () => {
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const filters = useMemo<Filters>(() => {
    const read = new URLSearchParams(text);
    return { q: read.get('q') ?? '', category: read.get('category') ?? '', openOnly: read.get('open') === '1' };
  }, [text]);
  const setFilters = useCallback(
    ({ q, category, openOnly }: Filters) =>
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          for (const key of OURS) next.delete(key);
          if (q) next.set('q', q);
          if (category) next.set('category', category);
          if (openOnly) next.set('open', '1');
          return next;
        },
        { replace: true },
      ),
    [setQuery],
  );
  return [filters, setFilters] as const;
};
