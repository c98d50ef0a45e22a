import type { Notification, NotificationEvent } from '../../../server/contract/commerce.ts';

/** The user's own notifications, newest first, and how many are unread: the same on all of their screens. */
export type Inbox = { items: Notification[]; unread: number };

/** The bell shows a few, the page reads older ones as far as one likes. */
const KEPT = 100;

type Arrived = Extract<NotificationEvent, { subject: string }>;

const toItem = ({ id, kind, priority, subject, content, metadata, timestamp }: Arrived): Notification => ({
  id,
  kind,
  priority,
  subject,
  content,
  metadata,
  read: false,
  readAt: null,
  createdAt: timestamp,
});

/** The inbox after one more event of its stream. */
export const takeNotification = (inbox: Inbox, event: NotificationEvent): Inbox => {
  if (event.type !== 'notification:read')
    return { unread: event.unread, items: [toItem(event), ...inbox.items].slice(0, KEPT) };
  const items = inbox.items.map((item) =>
    item.readAt === null && (event.id === null || event.id === item.id)
      ? { ...item, read: true, readAt: event.timestamp }
      : item,
  );
  return { items, unread: event.unread };
};
