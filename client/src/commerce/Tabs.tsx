import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { useUser } from '../signin/session.ts';
import { mayAnnounce, maySeeOnline, maySeeOperations, maySeeStock, mayUseWebhooks } from './access.ts';
import classes from './Tabs.module.css';

const PLACES: { path: string; label: string; allows: (user: User) => boolean }[] = [
  { path: '/commerce/orders', label: 'Orders', allows: () => true },
  { path: '/commerce/stock', label: 'Stock', allows: maySeeStock },
  { path: '/commerce/transfers', label: 'Transfers', allows: maySeeStock },
  { path: '/commerce/messages', label: 'Messages', allows: mayAnnounce },
  { path: '/commerce/online', label: 'Online', allows: maySeeOnline },
  { path: '/commerce/webhooks', label: 'Webhooks', allows: mayUseWebhooks },
  { path: '/commerce/operations', label: 'Operations', allows: maySeeOperations },
];

/** From one screen of commerce to the next; a customer has only one and sees no tabs. */
export const Tabs = () => {
  const user = useUser();
  const [location] = useLocation();
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone they do not all fit: the current one is in sight.
    const current = tabs.current?.querySelector<HTMLElement>(`[href="${location}"]`);
    if (tabs.current && current) tabs.current.scrollLeft = current.offsetLeft - 60;
  }, [location]);
  const places = PLACES.filter(({ allows }) => user && allows(user));
  if (places.length < 2) return null;
  return (
    <nav ref={tabs} className={classes.tabs} aria-label="Commerce">
      {places.map(({ path, label }) => (
        <Link key={path} href={path} className={classes.tab} aria-current={location === path ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
};
