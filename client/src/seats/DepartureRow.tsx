import { memo } from 'react';
import { Link } from 'wouter';
import type { Route } from '../../../server/contract/seats.ts';
import { money } from '../app/money.ts';
import { clock, full } from '../app/time.ts';
import classes from './DepartureRow.module.css';
import { Occupancy } from './Occupancy.tsx';
import { departurePath } from './places.ts';

/** Lets the departure's page go back to this list as it is searched. */
const FROM_LIST = { fromList: true };

type Props = { departure: Route; staff: boolean };

/** One departure. The link of its places covers the whole row. */
export const DepartureRow = memo(({ departure, staff }: Props) => {
  const { id, origin, destination, departsAt, available, total } = departure;
  const cancelled = departure.status === 'cancelled';
  return (
    <li className={classes.row} data-id={id} data-cancelled={cancelled || undefined}>
      <time className={classes.time} dateTime={departsAt} title={full(departsAt)}>
        {clock(departsAt)}
      </time>
      <Link href={departurePath(id)} state={FROM_LIST} className={classes.link}>
        <span className={classes.place}>{origin}</span>
        <span className={classes.arrow} aria-hidden>
          →
        </span>
        <span className={classes.srOnly}> to </span>
        <span className={classes.place}>{destination}</span>
      </Link>
      {cancelled ? (
        <span className={classes.cancelled}>Cancelled</span>
      ) : (
        <span className={classes.seats}>
          <Occupancy available={available} total={total} />
        </span>
      )}
      <span className={classes.price}>{money(departure.price)}</span>
      <span className={classes.choose} aria-hidden>
        {staff ? 'Open' : cancelled ? 'See' : available > 0 ? 'Choose a seat' : 'Waiting list'}
      </span>
    </li>
  );
});
