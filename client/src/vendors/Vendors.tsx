import { lazy } from 'react';
import { Route, Switch } from 'wouter';
import { NotFound } from '../app/NotFound.tsx';

const VendorMap = lazy(() => import('./VendorMap.tsx'));
const Overview = lazy(() => import('./Overview.tsx'));

const Replay = lazy(() => import('./Replay.tsx'));

/** The screens of vendors; each is loaded when it is first shown. */
export default function Vendors() {
  return (
    <Switch>
      <Route path="/vendors" component={VendorMap} />
      <Route path="/vendors/overview" component={Overview} />
      <Route path="/vendors/:id/day">{({ id }) => <Replay key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}
