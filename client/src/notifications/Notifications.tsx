import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { BellOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { notifyTrouble } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { markAllRead, readNotifications } from './calls.ts';
import { NotificationRow } from './NotificationRow.tsx';
import classes from './Notifications.module.css';
import { useNotifications } from './useNotifications.ts';

const NOTIFICATIONS = ['notifications'] as const;

/** Everything that was ever sent to the user. */
export default function Notifications() {
  const client = useQueryClient();
  const [unreadOnly, setUnreadOnly] = useState(false);
  const { inbox, version, fresh } = useNotifications();
  const list = useInfiniteQuery({
    queryKey: [...NOTIFICATIONS, unreadOnly],
    queryFn: ({ pageParam, signal }) => readNotifications({ unread: unreadOnly, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    refetchOnMount: 'always',
  });
  const refresh = () => client.invalidateQueries({ queryKey: NOTIFICATIONS });
  // What is new, or was read on another screen, moves the stream on.
  useEffect(() => {
    if (version !== null) void client.invalidateQueries({ queryKey: NOTIFICATIONS });
  }, [version, client]);
  const readAll = useMutation({ mutationFn: markAllRead, onSuccess: refresh, onError: notifyTrouble });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title="Notifications"
      aside={<ContinuityBadge of={fresh} label="These notifications" />}
      actions={
        <Button
          size="sm"
          variant="default"
          disabled={!inbox || inbox.unread === 0}
          loading={readAll.isPending}
          onClick={() => readAll.mutate()}
        >
          Mark all read
        </Button>
      }
    >
      <SegmentedControl
        mb="md"
        aria-label="Which notifications"
        value={unreadOnly ? 'unread' : 'all'}
        onChange={(value) => setUnreadOnly(value === 'unread')}
        data={[
          { value: 'all', label: 'All' },
          { value: 'unread', label: `Unread (${inbox?.unread ?? 0})` },
        ]}
      />
      {list.isPending && <Skeleton height={200} radius="md" />}
      {list.isError && !list.data && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <Notice icon={<BellOff size={32} aria-hidden />} title={unreadOnly ? 'Nothing unread' : 'No notifications yet'}>
          {unreadOnly ? 'You have seen everything.' : 'What concerns you is told here, also when you were away.'}
        </Notice>
      )}
      {items.length > 0 && (
        <ul className={classes.list} aria-label="Notifications">
          {items.map((item) => (
            <NotificationRow key={item.id} item={item} onRead={() => void refresh()} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button
          mt="md"
          variant="subtle"
          size="compact-sm"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show older
        </Button>
      )}
    </Page>
  );
}
