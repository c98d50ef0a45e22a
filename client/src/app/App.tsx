import { Center, Loader } from '@mantine/core';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation, useRoute } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { maySeeShipments } from '../shipments/access.ts';
import { readFilters } from '../shipments/filters.ts';
import { LiveShipments } from '../shipments/LiveShipments.tsx';
import { listQuery } from '../shipments/listQuery.ts';
import { freshToken, useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import { isTransient, request } from './api.ts';
import { Broken } from './Broken.tsx';
import { LiveQueryClient } from './liveQueryClient.ts';
import { closedPlace, PLACES } from './navigation.ts';
import { Shell } from './Shell.tsx';

// Not a part of the first screen of somebody who is signed in.
const SignIn = lazy(() => import('../signin/SignIn.tsx'));
const NotFound = lazy(() => import('./NotFound.tsx'));
const NotYours = lazy(() => import('./NotYours.tsx'));
const ShipmentList = lazy(() => import('../shipments/ShipmentList.tsx'));
const ShipmentPage = lazy(() => import('../shipments/ShipmentPage.tsx'));
const Vendors = lazy(() => import('../vendors/Vendors.tsx'));
const MyVendor = lazy(() => import('../vendors/MyVendor.tsx'));
const Warehouses = lazy(() => import('../warehouses/Warehouses.tsx'));
const ImportPage = lazy(() => import('../imports/ImportPage.tsx'));
const Commerce = lazy(() => import('../commerce/Commerce.tsx'));
const Notifications = lazy(() => import('../notifications/Notifications.tsx'));
const Tracking = lazy(() => import('../tracking/Tracking.tsx'));
const PublicPage = lazy(() => import('../tracking/public/PublicPage.tsx'));
const TracePage = lazy(() => import('../operations/TracePage.tsx'));
const Seats = lazy(() => import('../seats/Seats.tsx'));

export const App = () => {
  const user = useUser();
  const [isPublic, link] = useRoute('/track/:awb');
  // Whoever has the link needs no session.
  if (isPublic)
    return (
      <Suspense fallback={<Loading />}>
        <PublicPage key={link.awb} awb={link.awb} />
      </Suspense>
    );
  // Another person's cache must not outlive the first one's session.
  return user ? (
    <SignedIn key={user.id} user={user} />
  ) : (
    <Suspense fallback={<Loading />}>
      <SignIn />
    </Suspense>
  );
};

const newQueryClient = () =>
  new LiveQueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && isTransient(error),
        refetchOnWindowFocus: false,
        // The library knows better than the browser's online event whether the server can be reached.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });

/** The list that most people open with is asked for at once, while the code of its screen is still on the way. */
const startedFor = (user: User): QueryClient => {
  const client = newQueryClient();
  const { pathname, search } = window.location;
  if (['/', '/shipments'].includes(pathname) && maySeeShipments(user))
    void client.prefetchInfiniteQuery(listQuery(readFilters(search)));
  return client;
};

const SignedIn = ({ user }: { user: User }) => {
  const [client] = useState(() => startedFor(user));
  useEffect(() => {
    socketClient.connect(() => freshToken().catch(() => null));
    return () => socketClient.disconnect();
  }, []);
  const { status } = useContinuity();
  useEffect(() => {
    // The socket was refused. Whether the session is over is for HTTP to say: a 401 there ends it.
    if (status === 'unauthenticated') void request('/api/auth/me').catch(() => {});
  }, [status]);
  return (
    <QueryClientProvider client={client}>
      <LiveShipments user={user} />
      <Shell user={user}>
        <Broken>
          <Suspense fallback={<Loading />}>
            <Screen user={user} />
          </Suspense>
        </Broken>
      </Shell>
    </QueryClientProvider>
  );
};

const Screen = ({ user }: { user: User }) => {
  const [location] = useLocation();
  const closed = closedPlace(user, location);
  if (closed) return <NotYours key={closed.path} place={closed} user={user} />;
  return (
    <Switch>
      <Route path="/" component={Home} />
      <Route path="/shipments" component={ShipmentList} />
      <Route path="/shipments/:id">{({ id }) => <ShipmentPage key={id} id={id} />}</Route>
      <Route path="/warehouses" component={Warehouses} />
      <Route path="/import" component={ImportPage} />
      <Route path="/tracking/*?" component={Tracking} />
      <Route path="/seats/*?" component={Seats} />
      <Route path="/vendors/*?" component={Vendors} />
      <Route path="/stall" component={MyVendor} />
      <Route path="/commerce/*?" component={Commerce} />
      <Route path="/trace" component={TracePage} />
      <Route path="/notifications" component={Notifications} />
      <Route component={NotFound} />
    </Switch>
  );
};

/** The first place that concerns the one who signed in. */
const Home = () => {
  const user = useUser();
  const place = user && PLACES.find(({ allows }) => allows(user));
  return <Redirect to={place?.path ?? '/notifications'} replace />;
};

const Loading = () => (
  <Center h="60%">
    <Loader size="sm" role="status" aria-label="Loading" />
  </Center>
);
