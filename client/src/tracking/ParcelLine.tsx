import { Badge } from '@mantine/core';
import { Link } from 'wouter';
import { ageWords } from './age.ts';
import classes from './ParcelLine.module.css';
import { ParcelStatusBadge } from './ParcelStatusBadge.tsx';
import { isFinal } from './status.ts';
import type { Parcel } from './wire.ts';

type Props = { parcel: Parcel; unread: number; now: number; selected?: boolean };

const place = (parcel: Parcel) => parcel.destination?.address ?? parcel.description ?? 'No destination yet';

/** One parcel in a list, with how much changed since one last looked. */
export const ParcelLine = ({ parcel, unread, now, selected = false }: Props) => {
  const { awb, status, location } = parcel;
  return (
    <li className={classes.item} data-selected={selected || undefined}>
      <Link href={`/tracking/${awb}`} className={classes.line}>
        <span className={classes.top}>
          <b className={classes.awb}>{awb}</b>
          {unread > 0 && (
            <Badge size="sm" color="tide" variant="filled" className={classes.unread} data-testid="unread">
              {unread} new
            </Badge>
          )}
          <span className={classes.push} />
          <ParcelStatusBadge status={status} />
        </span>
        <span className={classes.bottom}>
          <span className={classes.place}>{place(parcel)}</span>
          {location && !isFinal(status) && (
            <span className={classes.age}>seen {ageWords(location.recordedAt, now)}</span>
          )}
        </span>
      </Link>
    </li>
  );
};
