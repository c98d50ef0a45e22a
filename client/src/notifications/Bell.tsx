import { VisuallyHidden } from '@mantine/core';
import { Bell as BellIcon } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { announce } from '../app/announce.tsx';
import { Broken } from '../app/Broken.tsx';
import { ahead, usePart } from '../app/usePart.ts';
import classes from './Bell.module.css';
import { useAnnounced } from './useAnnounced.ts';
import { useArrival, useNotifications } from './useNotifications.ts';

const loadList = ahead(() => import('./BellList.tsx'));
const AnnouncementBanner = lazy(ahead(() => import('./AnnouncementBanner.tsx')));

/** How many notifications wait, on every screen; the list behind it is loaded at the first click. */
export const Bell = () => {
  const followed = useNotifications();
  const [announced, putAway] = useAnnounced();
  const [List, ask] = usePart(loadList);
  const [opened, setOpened] = useState(true);
  const arrival = useArrival(followed.inbox);
  useEffect(() => {
    if (arrival) announce(`New notification: ${arrival.subject}`);
  }, [arrival]);
  const unread = followed.inbox?.unread ?? 0;
  const button = (
    <button
      type="button"
      className={classes.button}
      aria-haspopup="dialog"
      onClick={() => (List ? setOpened(!opened) : ask())}
    >
      <BellIcon size={19} aria-hidden />
      {unread > 0 && (
        <span
          className={classes.count}
          data-testid="unread"
          data-stale={followed.fresh.status === 'stale' || undefined}
          aria-hidden
        >
          {unread > 99 ? '99+' : unread}
        </span>
      )}
      <VisuallyHidden>{unread > 0 ? `Notifications, ${unread} unread` : 'Notifications'}</VisuallyHidden>
    </button>
  );
  return (
    <>
      {List ? (
        <List followed={followed} opened={opened} onChange={setOpened}>
          {button}
        </List>
      ) : (
        button
      )}
      {/* Whoever cannot be shown the banner still finds the announcement behind the bell. */}
      <Broken instead={null}>
        <Suspense>{announced && <AnnouncementBanner announced={announced} onClose={putAway} />}</Suspense>
      </Broken>
    </>
  );
};
