import { ActionIcon } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Bell, Check, CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { Notification } from '../../../server/contract/commerce.ts';
import { notifyTrouble } from '../app/notify.tsx';
import { ago, full } from '../app/time.ts';
import { useMinute } from '../app/useMinute.ts';
import { markRead } from './calls.ts';
import classes from './NotificationRow.module.css';

const ICONS: Record<string, LucideIcon> = {
  success: CircleCheck,
  warning: TriangleAlert,
  error: CircleAlert,
};

/** Priorities worth a word beside the subject. */
const LOUD: Notification['priority'][] = ['high', 'urgent', 'critical'];

export const NotificationRow = ({ item, onRead }: { item: Notification; onRead?: () => void }) => {
  const now = useMinute();
  const read = useMutation({
    mutationFn: () => markRead(item.id),
    onSuccess: () => onRead?.(),
    onError: notifyTrouble,
  });
  const Icon = ICONS[item.kind] ?? Bell;
  const unread = item.readAt === null;
  return (
    <li className={classes.row} data-unread={unread || undefined} data-kind={item.kind} data-id={item.id}>
      <span className={classes.icon}>
        <Icon size={16} aria-hidden />
      </span>
      <div className={classes.body}>
        <span className={classes.subject}>
          {item.subject}
          {unread && <span className={classes.hidden}> (unread)</span>}
          {LOUD.includes(item.priority) && <span className={classes.loud}>{item.priority}</span>}
        </span>
        <span className={classes.content}>{item.content}</span>
        <time className={classes.time} dateTime={item.createdAt} title={full(item.createdAt)}>
          {ago(item.createdAt, now)}
        </time>
      </div>
      {unread && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Mark “${item.subject}” read`}
          loading={read.isPending}
          onClick={() => read.mutate()}
        >
          <Check size={16} aria-hidden />
        </ActionIcon>
      )}
    </li>
  );
};
