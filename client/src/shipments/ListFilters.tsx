import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { Search, Warehouse as WarehouseIcon, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ShipmentStatus } from '../../../server/contract/shipments.ts';
import chip from '../app/Chip.module.css';
import { useUser } from '../signin/session.ts';
import { maySeeWarehouses } from '../warehouses/access.ts';
import { useWarehouses } from '../warehouses/useWarehouses.ts';
import { type Filters, isFiltered, NO_FILTERS } from './filters.ts';
import classes from './ListFilters.module.css';
import { STATUS, STATUSES } from './status.ts';

type Props = { filters: Filters; onChange: (filters: Filters) => void };

export const ListFilters = ({ filters, onChange }: Props) => {
  const user = useUser();
  return (
    <search className={classes.bar} aria-label="Shipments">
      <SearchBox value={filters.q} onChange={(q) => onChange({ ...filters, q })} />
      {user && maySeeWarehouses(user) && (
        <WarehousePick value={filters.warehouseId} onChange={(warehouseId) => onChange({ ...filters, warehouseId })} />
      )}
      <StatusPick value={filters.status} onChange={(status) => onChange({ ...filters, status })} />
      {isFiltered(filters) && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<X size={14} aria-hidden />}
          onClick={() => onChange(NO_FILTERS)}
        >
          Clear filters
        </Button>
      )}
    </search>
  );
};

const SearchBox = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => {
  const [typed, setTyped] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => input.current?.focus()]]);
  const sent = useRef(value);
  const later = useDebouncedCallback((text: string) => {
    sent.current = text;
    onChange(text);
  }, 250);
  useEffect(() => {
    // Only a value from elsewhere (back button, "Clear filters") replaces what is being typed.
    if (value !== sent.current) setTyped(value);
    sent.current = value;
  }, [value]);
  const set = (text: string) => {
    setTyped(text);
    later(text.trim());
  };
  return (
    <TextInput
      className={classes.search}
      type="search"
      aria-label="Search PO number, supplier, origin or destination"
      placeholder="PO, supplier or place"
      ref={input}
      aria-keyshortcuts="/"
      leftSection={<Search size={16} aria-hidden />}
      rightSection={typed ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => set('')} /> : null}
      value={typed}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
};

const WarehousePick = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => {
  const { data: warehouses = [] } = useWarehouses();
  return (
    <NativeSelect
      className={classes.warehouse}
      aria-label="Warehouse"
      leftSection={<WarehouseIcon size={16} aria-hidden />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: 'Every warehouse' },
        ...warehouses.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
};

const StatusPick = ({ value, onChange }: { value: ShipmentStatus[]; onChange: (value: ShipmentStatus[]) => void }) => {
  const toggle = (status: ShipmentStatus) =>
    onChange(value.includes(status) ? value.filter((chosen) => chosen !== status) : [...value, status]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll sideways as a flex row in every browser
    <div role="group" aria-label="Status" className={classes.chips}>
      {STATUSES.map((status) => {
        const { label, icon: Icon } = STATUS[status];
        return (
          <button
            key={status}
            type="button"
            className={chip.chip}
            aria-pressed={value.includes(status)}
            onClick={() => toggle(status)}
          >
            <Icon size={14} aria-hidden />
            {label}
          </button>
        );
      })}
    </div>
  );
};
