import { Link, useLocation } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { MorePlaces } from './MorePlaces.tsx';
import classes from './Navigation.module.css';
import { isAt, PLACES, type Place } from './navigation.ts';

/** As many as a thumb can tell apart at the foot of a phone; where there are more, the last one opens the rest. */
const TABS = 5;

/** The main menu: a column beside the content on a wide screen, a row of tabs below it on a phone. */
export const Navigation = ({ user }: { user: User }) => {
  const [location] = useLocation();
  const places = PLACES.filter(({ allows }) => allows(user));
  const tabs = places.length > TABS ? TABS - 1 : TABS;
  const further = places.slice(tabs);
  return (
    <nav className={classes.nav} aria-label="Main">
      {places.map((place, index) => (
        <PlaceLink key={place.path} place={place} location={location} further={index >= tabs} />
      ))}
      {further.length > 0 && <MorePlaces places={further} location={location} />}
    </nav>
  );
};

type Props = {
  place: Place;
  location: string;
  /** Among those for which a phone has no tab. */
  further: boolean;
};

const PlaceLink = ({ place, location, further }: Props) => {
  const { path, label, icon: Icon } = place;
  return (
    <Link
      href={path}
      className={classes.link}
      data-further={further || undefined}
      aria-current={isAt(place, location) ? 'page' : undefined}
    >
      <Icon size={18} aria-hidden />
      <span>{label}</span>
    </Link>
  );
};
