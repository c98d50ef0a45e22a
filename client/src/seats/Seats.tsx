import { lazy } from 'react';
import { Route, Switch } from 'wouter';
import { NotFound } from '../app/NotFound.tsx';
import { useSeatsFeed } from './feed.ts';
import { DEPARTURES, TICKETS, TIMETABLE } from './places.ts';

const Departures = lazy(() => import('./Departures.tsx'));
const DeparturePage = lazy(() => import('./DeparturePage.tsx'));
const Tickets = lazy(() => import('./Tickets.tsx'));
const TicketPage = lazy(() => import('./TicketPage.tsx'));
const TimetableImport = lazy(() => import('./TimetableImport.tsx'));

/** The screens of bus seats. */
export default function Seats() {
  useSeatsFeed();
  return (
    <Switch>
      <Route path={DEPARTURES} component={Departures} />
      <Route path={`${DEPARTURES}/departures/:id`}>{({ id }) => <DeparturePage key={id} id={id} />}</Route>
      <Route path={TICKETS} component={Tickets} />
      <Route path={`${TICKETS}/:id`}>{({ id }) => <TicketPage key={id} id={id} />}</Route>
      <Route path={TIMETABLE} component={TimetableImport} />
      <Route component={NotFound} />
    </Switch>
  );
}
