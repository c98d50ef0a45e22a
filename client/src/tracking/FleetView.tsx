import { MapPinned } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Notice } from '../app/Trouble.tsx';
import { LazyMap } from '../map/LazyMap.tsx';
import type { ParcelFilters } from './calls.ts';
import classes from './FleetView.module.css';
import { useFleet } from './fleet.ts';
import { riderMarker } from './markers.ts';
import { ParcelFilter } from './ParcelFilter.tsx';
import { ParcelLine } from './ParcelLine.tsx';
import { PositionAge } from './PositionAge.tsx';
import { noteFirst, useSeen } from './seen.ts';
import { isFinal, STATUSES } from './status.ts';
import { useNow } from './useNow.ts';
import type { Parcel } from './wire.ts';

/** More lines than anybody reads; the search finds the others. */
const SHOWN = 150;
const OPEN = STATUSES.filter((status) => !isFinal(status));

const matches = ({ awb, status, destination, origin }: Parcel, filters: ParcelFilters) => {
  if (filters.status && status !== filters.status) return false;
  const text = `${awb} ${destination?.address ?? ''} ${origin?.address ?? ''}`.toLowerCase();
  return text.includes(filters.q.toLowerCase());
};

const newestFirst = (a: Parcel, b: Parcel) => (b.updatedAt ?? '').localeCompare(a.updatedAt ?? '');

/** The dispatcher's map: every parcel under way, where it was last seen, and beside it the same as a list. */
export const FleetView = ({ userId }: { userId: string }) => {
  const { parcels, known, fresh } = useFleet();
  const [filters, setFilters] = useState<ParcelFilters>({ status: '', q: '' });
  const [selected, setSelected] = useState<string | null>(null);
  const now = useNow(5000);
  const unread = useSeen(userId);
  const all = useMemo(() => [...parcels.values()].filter(({ status }) => !isFinal(status)), [parcels]);
  useEffect(() => {
    if (known) noteFirst(userId, all);
  }, [known, userId, all]);
  const shown = useMemo(() => all.filter((parcel) => matches(parcel, filters)).sort(newestFirst), [all, filters]);
  const markers = useMemo(() => shown.flatMap((parcel) => riderMarker(parcel, now) ?? []), [shown, now]);
  const chosen = selected === null ? undefined : parcels.get(selected);
  return (
    <div className={classes.split}>
      <section className={classes.map} aria-label="Map of parcels under way" data-testid="fleet-map">
        {' '}
        <LazyMap
          label="Map of parcels under way"
          markers={markers}
          selectedId={selected}
          onSelect={setSelected}
          fit={known ? `${filters.q} ${filters.status}` : ''}
        />
        <div className={classes.badge}>
          <ContinuityBadge of={fresh} label="This map" />
        </div>
        {chosen && (
          <div className={classes.chosen} role="status" data-testid="chosen">
            <ul className={classes.list}>
              <ParcelLine parcel={chosen} unread={unread(chosen)} now={now} />
            </ul>
            <div className={classes.where}>
              <PositionAge location={chosen.location} moving={!isFinal(chosen.status)} />
              {chosen.minutes !== null && <span>arrives in {Math.max(1, Math.round(chosen.minutes))} min</span>}
            </div>
          </div>
        )}
      </section>
      <section className={classes.side} aria-label="Parcels under way">
        <div className={classes.filter}>
          <ParcelFilter filters={filters} onChange={setFilters} statuses={OPEN} />
          <p className={classes.count} aria-live="off">
            {known
              ? `${shown.length.toLocaleString('en')} under way, ${markers.length.toLocaleString('en')} on the map`
              : ' '}
          </p>
        </div>
        {known && shown.length === 0 && (
          <Notice icon={<MapPinned size={32} aria-hidden />} title="Nothing under way">
            Parcels appear here when they are created and leave when they are delivered.
          </Notice>
        )}
        <ul className={classes.list} data-testid="fleet">
          {shown.slice(0, SHOWN).map((parcel) => (
            <ParcelLine
              key={parcel.awb}
              parcel={parcel}
              unread={unread(parcel)}
              now={now}
              selected={parcel.awb === selected}
            />
          ))}
        </ul>
        {shown.length > SHOWN && <p className={classes.count}>The first {SHOWN}; search for the others.</p>}
      </section>
    </div>
  );
};
