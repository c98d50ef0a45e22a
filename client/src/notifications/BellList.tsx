import { Anchor, Button, Group, Popover } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { notifyTrouble } from '../app/notify.tsx';
import classes from './Bell.module.css';
import { markAllRead } from './calls.ts';
import { NotificationRow } from './NotificationRow.tsx';
import type { FollowedInbox } from './useNotifications.ts';

const SHOWN = 8;

type Props = {
  followed: FollowedInbox;
  opened: boolean;
  onChange: (opened: boolean) => void;
  children: ReactElement;
};

/** The latest notifications below the bell; `children` is the bell itself. */
export default function BellList({ followed, opened, onChange, children }: Props) {
  const { inbox, fresh } = followed;
  const readAll = useMutation({ mutationFn: markAllRead, onError: notifyTrouble });
  const close = () => onChange(false);
  return (
    <Popover
      opened={opened}
      onChange={onChange}
      position="bottom-end"
      width="min(380px, calc(100vw - 24px))"
      shadow="md"
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>{children}</Popover.Target>
      <Popover.Dropdown p={0} aria-label="Notifications">
        <div className={classes.head}>
          <Group gap="xs">
            <h2 className={classes.title}>Notifications</h2>
            <ContinuityBadge of={fresh} label="The notifications" compact />
          </Group>
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={!inbox || inbox.unread === 0}
            loading={readAll.isPending}
            onClick={() => readAll.mutate()}
          >
            Mark all read
          </Button>
        </div>
        {inbox && inbox.items.length > 0 ? (
          <ul className={classes.list} aria-label="Latest notifications">
            {inbox.items.slice(0, SHOWN).map((item) => (
              <NotificationRow key={item.id} item={item} />
            ))}
          </ul>
        ) : (
          <p className={classes.none}>{inbox ? 'Nothing has been sent to you yet.' : 'Reading…'}</p>
        )}
        <div className={classes.foot}>
          <Anchor component={Link} href="/notifications" size="sm" onClick={close}>
            All notifications
          </Anchor>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
