import { Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import { Link } from 'wouter';
import { Page } from '../app/Page.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { departureKey, readDeparture } from './calls.ts';
import classes from './DeparturePage.module.css';
import { DepartureView } from './DepartureView.tsx';
import { DEPARTURES } from './places.ts';
import { useRouteStream } from './useRouteStream.ts';

/** One departure: its seats as they are this moment, and getting one. */
export default function DeparturePage({ id }: { id: string }) {
  const {
    data: departure,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: departureKey(id),
    queryFn: ({ signal }) => readDeparture(id, signal),
    refetchOnMount: 'always',
  });
  const route = useRouteStream(id);
  const user = useUser();
  if (isPending || !user)
    return (
      <Page title="Route">
        <BackLink />
        <Skeleton height={480} radius="md" />
      </Page>
    );
  if (!departure)
    return (
      <Page title="Route">
        <BackLink />
        <Trouble error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <DepartureView departure={departure} route={route} user={user} onChanged={refetch}>
      <BackLink />
    </DepartureView>
  );
}

const BackLink = () => (
  <Anchor component={Link} href={DEPARTURES} size="sm" className={classes.back} onClick={goBack}>
    <ArrowLeft size={14} aria-hidden /> All departures
  </Anchor>
);

/** Back to the list as it was searched, when that is where the user came from. */
const goBack = (event: React.MouseEvent) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || !window.history.state?.fromList) return;
  event.preventDefault();
  window.history.back();
};
