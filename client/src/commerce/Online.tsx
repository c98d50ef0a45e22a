import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { UsersRound } from 'lucide-react';
import type { z } from 'zod';
import type { ConnectedUsers } from '../../../server/contract/commerce.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { Page } from '../app/Page.tsx';
import { PersonAvatar } from '../app/PersonAvatar.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { readOnline } from './calls.ts';
import classes from './Online.module.css';
import { Tabs } from './Tabs.tsx';

type Person = z.infer<typeof ConnectedUsers>['data']['people'][number];

/** Nothing tells of people who come and go; so it is asked this often. */
const ASK_MS = 10_000;

const byName = (people: Person[]) => people.toSorted((a, b) => a.username.localeCompare(b.username));

/** Who is connected right now, of the own company. */
export const Online = () => {
  const user = useUser();
  const { data, error, isPending, refetch, dataUpdatedAt, isError } = useQuery({
    queryKey: ['commerce', 'online'],
    queryFn: ({ signal }) => readOnline(signal),
    refetchInterval: ASK_MS,
    refetchOnMount: 'always',
  });
  const fresh = useFreshness();
  const shown = fresh.status === 'live' && !isError ? { status: 'as-of' as const, staleSince: dataUpdatedAt } : fresh;
  return (
    <Page title="Online" aside={data && <ContinuityBadge of={shown} label="These people" />}>
      <Tabs />
      {isPending && <Skeleton height={160} radius="md" />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data?.people.length === 0 && (
        <Notice icon={<UsersRound size={32} aria-hidden />} title="Nobody is connected">
          People appear here once they open the dashboard.
        </Notice>
      )}
      {data && data.people.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="sm">
            {data.count} {data.count === 1 ? 'person' : 'people'}{' '}
            {user?.companyId ? 'of your company' : 'of all companies'}
          </Text>
          <ul className={classes.people} aria-label="People who are online">
            {byName(data.people).map((person) => (
              <li key={person.userId} className={classes.person}>
                <PersonAvatar name={person.username} size={34} />
                <div className={classes.who}>
                  <span className={classes.name}>
                    {person.username}
                    {person.userId === user?.id && ' (you)'}
                  </span>
                  <span className={classes.role}>
                    {person.role.replaceAll('_', ' ')}
                    {!user?.companyId && person.companyId && ` · ${person.companyId}`}
                  </span>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Page>
  );
};
