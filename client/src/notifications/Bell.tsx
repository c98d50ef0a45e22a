import { VisuallyHidden } from '@mantine/core';
import { Bell as BellIcon } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { announce } from '../app/announce.tsx';
import classes from './Bell.module.css';
import { useAnnounced } from './useAnnounced.ts';
import { useArrival, useNotifications } from './useNotifications.ts';

const BellList = lazy(() => import('./BellList.tsx'));
const AnnouncementBanner = lazy(() => import('./AnnouncementBanner.tsx'));

/** How many notifications wait, on every screen; the list behind it is loaded at the first click. */
export const Bell = () => {
  const followed = useNotifications();
  const [announced, putAway] = useAnnounced();
  /** Undefined until the first click. */
  const [opened, setOpened] = useState<boolean>();
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
      onClick={() => setOpened((before) => !before)}
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
      {opened !== undefined ? (
        <Suspense fallback={button}>
          <BellList followed={followed} opened={opened} onChange={setOpened}>
            {button}
          </BellList>
        </Suspense>
      ) : (
        button
      )}
      <Suspense>{announced && <AnnouncementBanner announced={announced} onClose={putAway} />}</Suspense>
    </>
  );
};
