import { MapPin, MapPinOff } from 'lucide-react';
import { full } from '../app/time.ts';
import { accuracyWords, ageWords, isStale } from './age.ts';
import classes from './PositionAge.module.css';
import { useNow } from './useNow.ts';
import type { ParcelLocation } from './wire.ts';

const SOURCE = { rider: 'from the rider', staff: 'entered by staff', hub: 'at the hub' };

/** How old and how exact the position is: no position is shown without. `moving`: the rider should be reporting. */
export const PositionAge = ({ location, moving = false }: { location: ParcelLocation | null; moving?: boolean }) => {
  const now = useNow();
  if (!location) return <span className={classes.age}>No position yet</span>;
  const stale = moving && isStale(location, now);
  const Icon = stale ? MapPinOff : MapPin;
  const parts = [accuracyWords(location.accuracy), location.source && SOURCE[location.source]].filter(Boolean);
  return (
    <span
      className={classes.age}
      data-stale={stale || undefined}
      title={`Taken ${full(location.recordedAt)}`}
      data-testid="position-age"
    >
      <Icon size={14} aria-hidden />
      <span>
        {stale && 'Last known position, '}
        {ageWords(location.recordedAt, now)}
        {parts.length > 0 && `, ${parts.join(', ')}`}
      </span>
    </span>
  );
};
