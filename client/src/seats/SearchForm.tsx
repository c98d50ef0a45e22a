import { ActionIcon, Autocomplete, Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { ArrowLeftRight, CalendarDays, MapPin, MapPinned, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { isSearched, NO_SEARCH, type Search } from './filters.ts';
import classes from './SearchForm.module.css';

type Props = {
  search: Search;
  onChange: (search: Search) => void;
  /** Places seen so far, offered while typing. */
  places: string[];
};

/** From, to and the day; the list follows while one types. */
export const SearchForm = ({ search, onChange, places }: Props) => {
  const [typed, setTyped] = useState(search);
  const sent = useRef(search);
  const later = useDebouncedCallback((next: Search) => {
    sent.current = next;
    onChange(next);
  }, 250);
  useEffect(() => {
    // Only values from elsewhere (back button, "Show all") replace what is being typed.
    if (JSON.stringify(search) !== JSON.stringify(sent.current)) setTyped(search);
    sent.current = search;
  }, [search]);
  const set = (part: Partial<Search>) => {
    const next = { ...typed, ...part };
    setTyped(next);
    later({ ...next, origin: next.origin.trim(), destination: next.destination.trim() });
  };
  const now = (next: Search) => {
    later.cancel();
    setTyped(next);
    sent.current = next;
    onChange(next);
  };
  return (
    <search className={classes.bar} aria-label="Departures">
      <Autocomplete
        className={classes.place}
        label="From"
        placeholder="Any place"
        leftSection={<MapPin size={16} aria-hidden />}
        data={places}
        limit={8}
        value={typed.origin}
        onChange={(origin) => set({ origin })}
      />
      <ActionIcon
        variant="default"
        size={36}
        className={classes.swap}
        aria-label="Swap from and to"
        onClick={() => now({ ...typed, origin: typed.destination, destination: typed.origin })}
      >
        <ArrowLeftRight size={16} aria-hidden />
      </ActionIcon>
      <Autocomplete
        className={classes.place}
        label="To"
        placeholder="Any place"
        leftSection={<MapPinned size={16} aria-hidden />}
        data={places}
        limit={8}
        value={typed.destination}
        onChange={(destination) => set({ destination })}
      />
      <TextInput
        className={classes.date}
        label="Day"
        type="date"
        leftSection={<CalendarDays size={16} aria-hidden />}
        value={typed.date}
        onChange={(event) => set({ date: event.currentTarget.value })}
      />
      {isSearched(typed) && (
        <Button
          variant="subtle"
          className={classes.clear}
          leftSection={<X size={14} aria-hidden />}
          onClick={() => now(NO_SEARCH)}
        >
          Clear
        </Button>
      )}
    </search>
  );
};
