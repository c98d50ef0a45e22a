import { Link, useLocation } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import classes from './Navigation.module.css';
import { PLACES } from './navigation.ts';

/** The main menu: a column beside the content on a wide screen, a row of tabs below it on a phone. */
export const Navigation = ({ user }: { user: User }) => {
  const [location] = useLocation();
  return (
    <nav className={classes.nav} aria-label="Main">
      {PLACES.filter(({ allows }) => allows(user)).map(({ path, label, icon: Icon }) => {
        const current = location === path || location.startsWith(`${path}/`);
        return (
          <Link key={path} href={path} className={classes.link} aria-current={current ? 'page' : undefined}>
            <Icon size={18} aria-hidden />
            <span>{label}</span>
          </Link>
        );
      })}
    </nav>
  );
};
