import { CloseButton, TextInput } from '@mantine/core';
import { DoorOpen, Search } from 'lucide-react';
import chip from '../app/Chip.module.css';
import { Dot } from './Dot.tsx';
import type { categoriesOf, Filters } from './filters.ts';
import classes from './VendorFilters.module.css';

type Props = { filters: Filters; categories: ReturnType<typeof categoriesOf>; onChange: (filters: Filters) => void };

/** The chosen category stays on offer when the map has moved to where there is none of it. */
const offered = (categories: Props['categories'], chosen: string) =>
  !chosen || categories.some(({ key }) => key === chosen)
    ? categories
    : [...categories, { key: chosen, name: chosen, count: 0 }];

export const VendorFilters = ({ filters, categories, onChange }: Props) => (
  <search className={classes.bar} aria-label="Vendors">
    <TextInput
      className={classes.search}
      type="search"
      aria-label="Search by name or description"
      placeholder="Name or what they offer"
      leftSection={<Search size={16} aria-hidden />}
      rightSection={
        filters.q ? (
          <CloseButton size="sm" aria-label="Clear the search" onClick={() => onChange({ ...filters, q: '' })} />
        ) : null
      }
      value={filters.q}
      onChange={(event) => onChange({ ...filters, q: event.currentTarget.value })}
    />
    {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll sideways as a flex row in every browser */}
    <div role="group" aria-label="Filter" className={classes.chips}>
      <button
        type="button"
        className={chip.chip}
        aria-pressed={filters.openOnly}
        onClick={() => onChange({ ...filters, openOnly: !filters.openOnly })}
      >
        <DoorOpen size={14} aria-hidden />
        Open now
      </button>
      {offered(categories, filters.category).map(({ key, name, count }) => (
        <button
          key={key}
          type="button"
          className={chip.chip}
          aria-pressed={filters.category === key}
          onClick={() => onChange({ ...filters, category: filters.category === key ? '' : key })}
        >
          <Dot category={key} />
          {name}
          <span className={classes.count}>{count}</span>
        </button>
      ))}
    </div>
  </search>
);
