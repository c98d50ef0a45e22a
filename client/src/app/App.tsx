import { Center, Loader } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { LiveShipments } from '../shipments/LiveShipments.tsx';
import { SignIn } from '../signin/SignIn.tsx';
import { freshToken, useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import { isTransient, request } from './api.ts';
import { Broken } from './Broken.tsx';
import { NotFound } from './NotFound.tsx';
import { Shell } from './Shell.tsx';

const ShipmentList = lazy(() => import('../shipments/ShipmentList.tsx'));
const ShipmentPage = lazy(() => import('../shipments/ShipmentPage.tsx'));
const Warehouses = lazy(() => import('../warehouses/Warehouses.tsx'));
const ImportPage = lazy(() => import('../imports/ImportPage.tsx'));

export const App = () => {
  const user = useUser();
  // Another person's cache must not outlive the first one's session.
  return user ? <SignedIn key={user.id} user={user} /> : <SignIn />;
};

const newQueryClient = () =>
  new QueryClient({
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

const SignedIn = ({ user }: { user: User }) => {
  const [client] = useState(newQueryClient);
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
            <Switch>
              <Route path="/" component={Home} />
              <Route path="/shipments" component={ShipmentList} />
              <Route path="/shipments/:id">{({ id }) => <ShipmentPage key={id} id={id} />}</Route>
              <Route path="/warehouses" component={Warehouses} />
              <Route path="/import" component={ImportPage} />
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Broken>
      </Shell>
    </QueryClientProvider>
  );
};

const Home = () => <Redirect to="/shipments" replace />;

const Loading = () => (
  <Center h="60%">
    <Loader size="sm" aria-label="Loading" />
  </Center>
);
