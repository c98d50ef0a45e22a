import { useEffect, useMemo, useState } from 'react';
import type { Notification, NotificationEvent, NotificationList } from '../../../server/contract/commerce.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useStream } from '../hooks/useStream.ts';
import type { OpenStreamArgs } from '../streams/types.ts';
import { type Inbox, takeNotification } from './inbox.ts';

const TYPES: string[] = ['notification:new', 'notification:broadcast', 'notification:read'];

const INBOX: OpenStreamArgs<Inbox> = {
  stream: 'notifications',
  join: { event: 'subscribe_notifications', payload: {} },
  matches: ({ type }) => TYPES.includes(type),
  fromSnapshot: (snapshot) => {
    const { items, unread } = snapshot as NotificationList;
    return { items, unread };
  },
  reduce: (inbox, event) => takeNotification(inbox, event as unknown as NotificationEvent),
};

export type FollowedInbox = { inbox: Inbox | undefined; version: number | null; fresh: Continuity };

/** Follows the user's notifications while mounted; several places share one subscription. */
export const useNotifications = (): FollowedInbox => {
  const { state, status, staleSince, version } = useStream<Inbox>(INBOX);
  return useMemo(
    () => ({
      inbox: state,
      version,
      fresh: { status: status === 'catching_up' ? ('catching-up' as const) : status, staleSince },
    }),
    [state, status, staleSince, version],
  );
};

/** The newest notification that came while this screen was open; undefined again once it was told. */
export const useArrival = (inbox: Inbox | undefined): Notification | undefined => {
  const [known, setKnown] = useState<string>();
  const [arrival, setArrival] = useState<Notification>();
  const newest = inbox?.items[0];
  useEffect(() => {
    if (!inbox) return;
    setKnown(newest?.id ?? '');
    if (known !== undefined && newest && newest.id !== known && newest.readAt === null) setArrival(newest);
  }, [inbox, newest, known]);
  return arrival;
};
