import { NativeSelect, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ParcelFilters } from './calls.ts';
import classes from './ParcelFilter.module.css';
import { STATUS, STATUSES } from './status.ts';
import type { ParcelStatus } from './wire.ts';

type Props = { filters: ParcelFilters; onChange: (filters: ParcelFilters) => void; statuses?: ParcelStatus[] };

const PAUSE_MS = 200;

export const ParcelFilter = ({ filters, onChange, statuses = STATUSES }: Props) => {
  const [text, setText] = useState(filters.q);
  useEffect(() => {
    if (text.trim() === filters.q) return;
    const timer = setTimeout(() => onChange({ ...filters, q: text.trim() }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, filters, onChange]);
  return (
    <search className={classes.bar}>
      <TextInput
        aria-label="Search parcels"
        placeholder="AWB or address"
        leftSection={<Search size={16} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        className={classes.text}
      />
      <NativeSelect
        aria-label="Status"
        value={filters.status}
        onChange={(event) => onChange({ ...filters, status: event.currentTarget.value as ParcelStatus | '' })}
        data={[
          { value: '', label: 'Every status' },
          ...statuses.map((status) => ({ value: status, label: STATUS[status].label })),
        ]}
        className={classes.status}
      />
    </search>
  );
};
