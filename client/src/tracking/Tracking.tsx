import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { NotFound } from '../app/NotFound.tsx';
import { Page } from '../app/Page.tsx';
import { useUser } from '../signin/session.ts';
import { isRider, isTrackingStaff, mayCreateParcel } from './access.ts';
import { FleetView } from './FleetView.tsx';
import { NewParcel } from './NewParcel.tsx';
import { ParcelList } from './ParcelList.tsx';
import { Subscriptions } from './Subscriptions.tsx';
import classes from './Tracking.module.css';

const ParcelPage = lazy(() => import('./ParcelPage.tsx'));
const RiderPage = lazy(() => import('./rider/RiderPage.tsx'));

/** The screens of parcels, each as its reader needs it. */
export default function Tracking() {
  const user = useUser();
  if (!user) return null;
  return (
    <Suspense>
      <Switch>
        <Route path="/tracking">{() => (isRider(user) ? <RiderPage user={user} /> : <Overview user={user} />)}</Route>
        {isTrackingStaff(user) && <Route path="/tracking/all">{() => <Overview user={user} />}</Route>}
        {isTrackingStaff(user) && <Route path="/tracking/watched">{() => <Overview user={user} />}</Route>}
        <Route path="/tracking/:awb">{({ awb }) => <ParcelPage key={awb} awb={awb} user={user} />}</Route>
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}

const VIEWS = [
  { path: '/tracking', label: 'Map' },
  { path: '/tracking/all', label: 'All parcels' },
  { path: '/tracking/watched', label: 'Watched now' },
];

const Overview = ({ user }: { user: User }) => {
  const [location] = useLocation();
  const [creating, setCreating] = useState(false);
  const staff = isTrackingStaff(user);
  const onMap = staff && location === '/tracking';
  return (
    <Page
      title={user.role === 'merchant' ? 'Parcels you sent' : staff ? 'Parcels' : 'Your parcels'}
      fixed={onMap}
      actions={
        mayCreateParcel(user) && (
          <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
            New parcel
          </Button>
        )
      }
    >
      {staff && (
        <nav className={classes.tabs} aria-label="Views of parcels">
          {VIEWS.map(({ path, label }) => (
            <Link key={path} href={path} className={classes.tab} aria-current={location === path ? 'page' : undefined}>
              {label}
            </Link>
          ))}
        </nav>
      )}
      {onMap && <FleetView userId={user.id} />}
      {staff && location === '/tracking/watched' && <Subscriptions />}
      {(!staff || location === '/tracking/all') && <ParcelList userId={user.id} empty={emptyFor(user)} />}
      {creating && <NewParcel user={user} onClose={() => setCreating(false)} />}
    </Page>
  );
};

const emptyFor = (user: User) =>
  mayCreateParcel(user) ? 'Create the first one with the button above.' : 'What is sent to you appears here.';
