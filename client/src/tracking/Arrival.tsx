import { Navigation } from 'lucide-react';
import { clock, stamp } from '../app/time.ts';
import { distanceWords } from '../map/distance.ts';
import classes from './Arrival.module.css';
import type { Followed } from './parcel.ts';
import { isFinal } from './status.ts';
import { useNow } from './useNow.ts';

/** When it comes: the minutes that are left while they are known, else the expected time. */
export const Arrival = ({ parcel }: { parcel: Followed }) => {
  const now = useNow(5000);
  const { eta, distanceMeters, status, approaching } = parcel;
  if (isFinal(status) || !eta) return null;
  const minutes = Math.round((Date.parse(eta) - now) / 60_000);
  const left = minutes < -2 ? null : minutes < 1 ? 'any moment' : minutes < 90 ? `in ${minutes} min` : null;
  return (
    <span className={classes.arrival} data-near={approaching || undefined} data-testid="arrival">
      <Navigation size={14} aria-hidden />
      <span>
        Arrives {left ? `${left} (${clock(eta)})` : stamp(eta)}
        {distanceMeters !== null && `, ${distanceWords(distanceMeters)} to go`}
      </span>
    </span>
  );
};
