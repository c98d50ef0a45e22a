import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NotificationEvent } from '../../../server/contract/commerce.ts';
import { type Inbox, takeNotification } from './inbox.ts';

const timestamp = '2026-11-21T10:00:00.000Z';
const arrived = (id: string, unread: number): NotificationEvent => ({
  type: 'notification:new',
  timestamp,
  version: unread,
  id,
  kind: 'info',
  priority: 'normal',
  subject: `Subject ${id}`,
  content: 'Text',
  metadata: {},
  unread,
});
const read = (id: string | null, unread: number): NotificationEvent => ({
  type: 'notification:read',
  timestamp,
  version: 9,
  id,
  unread,
});

const EMPTY: Inbox = { items: [], unread: 0 };
const unreadIds = ({ items }: Inbox) => items.filter(({ readAt }) => readAt === null).map(({ id }) => id);

describe('the inbox', () => {
  it('holds the newest first and believes the server about how many are unread', () => {
    const inbox = takeNotification(takeNotification(EMPTY, arrived('a', 1)), arrived('b', 2));
    assert.deepEqual(
      inbox.items.map(({ id }) => id),
      ['b', 'a'],
    );
    assert.equal(inbox.unread, 2);
  });

  it('marks one as read, or all, as another screen did', () => {
    const two = takeNotification(takeNotification(EMPTY, arrived('a', 1)), arrived('b', 2));
    const one = takeNotification(two, read('b', 1));
    assert.deepEqual(unreadIds(one), ['a']);
    assert.deepEqual(unreadIds(takeNotification(one, read(null, 0))), []);
  });
});
