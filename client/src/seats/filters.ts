import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';

export type Search = { origin: string; destination: string; date: string };

export const NO_SEARCH: Search = { origin: '', destination: '', date: '' };
export const isSearched = ({ origin, destination, date }: Search) => origin !== '' || destination !== '' || date !== '';

/** Midnight that begins and ends a calendar day where the traveller is. */
const dayBounds = (date: string) => {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return { from: new Date(year, month - 1, day), to: new Date(year, month - 1, day + 1) };
};

/** As the list route expects them: a day is the traveller's own, from midnight to midnight. */
export const toQuery = ({ origin, destination, date }: Search): URLSearchParams => {
  const query = new URLSearchParams();
  if (origin) query.set('origin', origin);
  if (destination) query.set('destination', destination);
  if (/^\d{4}-\d\d-\d\d$/.test(date)) {
    const { from, to } = dayBounds(date);
    query.set('departsFrom', from.toISOString());
    query.set('departsTo', to.toISOString());
  }
  return query;
};

/** The search lives in the address, so that it can be shared, reloaded and come back to. */
export const useSearch = () => {
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const search = useMemo<Search>(() => {
    const read = new URLSearchParams(text);
    return {
      origin: read.get('origin') ?? '',
      destination: read.get('destination') ?? '',
      date: read.get('date') ?? '',
    };
  }, [text]);
  const setSearch = useCallback(
    (next: Search) =>
      setQuery(new URLSearchParams(Object.entries(next).filter(([, value]) => value)), { replace: true }),
    [setQuery],
  );
  return [search, setSearch] as const;
};
