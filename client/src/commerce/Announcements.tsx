import {
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Megaphone } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import type { Priority } from '../../../server/contract/commerce.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { ApiError } from '../app/problem.ts';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { full, stamp } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import classes from './Announcements.module.css';
import { makeAnnouncement, readAnnouncements, sendNotification } from './calls.ts';
import { Tabs } from './Tabs.tsx';
import { useCreate } from './useCreate.ts';

const ANNOUNCEMENTS = ['commerce', 'announcements'] as const;

type To = 'announcement' | 'role' | 'user' | 'all';
const PRIORITIES: { value: Priority; label: string }[] = [
  { value: 'low', label: 'Low' },
  { value: 'normal', label: 'Normal' },
  { value: 'high', label: 'High' },
  { value: 'urgent', label: 'Urgent' },
];
const ROLES = ['admin', 'operator', 'inspector', 'merchant', 'supplier', 'rider', 'agent', 'customer', 'vendor'];

const explain = (to: To, user: User | undefined) => {
  const whom = user?.companyId ? 'your company' : 'every company';
  if (to === 'announcement')
    return `A banner for everybody of ${whom} who is connected now; it stays among those announced so far.`;
  if (to === 'all') return `Goes to everybody of ${whom} and waits for those who are away.`;
  if (to === 'role') return 'Goes to everybody with this role and waits for those who are away.';
  return 'Goes to one person and waits when they are away.';
};

/** What an administrator has to say: to all who are here now, or to people's own notifications. */
export const Announcements = () => (
  <Page title="Messages">
    <Tabs />
    <div className={classes.grid}>
      <Composer />
      <Past />
    </div>
  </Page>
);

const Composer = () => {
  const client = useQueryClient();
  const user = useUser();
  const [to, setTo] = useState<To>('announcement');
  const [whom, setWhom] = useState({ userId: '', role: 'operator' });
  const [message, setMessage] = useState({ subject: '', content: '', priority: 'normal' as Priority });
  const send = useCreate<object, { recipients?: number }>(
    async (body, key) => {
      if (to !== 'announcement') return sendNotification(body, key);
      await makeAnnouncement(body, key);
      return {};
    },
    ({ recipients }) => {
      notifyDone(
        recipients === undefined
          ? 'Announced.'
          : `Sent to ${recipients.toLocaleString('en')} ${recipients === 1 ? 'person' : 'people'}.`,
      );
      setMessage({ subject: '', content: '', priority: 'normal' });
      if (to === 'announcement') void client.invalidateQueries({ queryKey: ANNOUNCEMENTS });
    },
  );
  const fields = send.error instanceof ApiError ? send.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const target =
      to === 'user'
        ? { userId: whom.userId.trim() }
        : to === 'role'
          ? { role: whom.role }
          : to === 'all'
            ? { all: true }
            : {};
    send.mutate({ ...target, ...message, ...(to !== 'announcement' && { kind: 'info' }) });
  };
  const set = (change: Partial<typeof message>) => setMessage((before) => ({ ...before, ...change }));
  return (
    <Panel title="Write">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div className={classes.scroll}>
            <SegmentedControl
              aria-label="To whom"
              value={to}
              onChange={(value) => setTo(value as To)}
              data={[
                { value: 'announcement', label: 'Announcement' },
                { value: 'all', label: 'All' },
                { value: 'role', label: 'Role' },
                { value: 'user', label: 'Person' },
              ]}
            />
          </div>
          <Text size="sm" c="dimmed">
            {explain(to, user)}
          </Text>
          {to === 'user' && (
            <TextInput
              label="User id"
              required
              maxLength={200}
              value={whom.userId}
              error={fields.userId}
              onChange={(event) => setWhom((before) => ({ ...before, userId: event.target.value }))}
            />
          )}
          {to === 'role' && (
            <NativeSelect
              label="Role"
              data={ROLES}
              value={whom.role}
              onChange={(event) => setWhom((before) => ({ ...before, role: event.target.value }))}
            />
          )}
          <TextInput
            label="Subject"
            required
            maxLength={200}
            value={message.subject}
            error={fields.subject}
            onChange={(event) => set({ subject: event.currentTarget.value })}
          />
          <Textarea
            label="Text"
            required
            autosize
            minRows={3}
            maxRows={12}
            maxLength={4000}
            value={message.content}
            error={fields.content}
            onChange={(event) => set({ content: event.currentTarget.value })}
          />
          <NativeSelect
            label="Priority"
            data={PRIORITIES}
            value={message.priority}
            onChange={(event) => set({ priority: event.currentTarget.value as Priority })}
          />
          <FormTrouble error={send.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={send.isPending}>
              {to === 'announcement' ? 'Announce' : 'Send'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
};

const Past = () => {
  const client = useQueryClient();
  const { data, error, isPending, isFetching, refetch } = useQuery({
    queryKey: ANNOUNCEMENTS,
    queryFn: ({ signal }) => readAnnouncements(signal),
    refetchOnMount: 'always',
  });
  const fresh = useFreshness(isFetching);
  useEffect(
    () => socketClient.on('announcement:new', () => void client.invalidateQueries({ queryKey: ANNOUNCEMENTS })),
    [client],
  );
  return (
    <Panel title="Announced so far" aside={<ContinuityBadge of={fresh} label="The announcements" />}>
      {isPending && <Skeleton height={120} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Notice icon={<Megaphone size={28} aria-hidden />} title="Nothing announced yet">
          What you announce stays here.
        </Notice>
      )}
      <ul className={classes.list} aria-label="Announcements">
        {data?.items.map(({ id, subject, content, priority, by, createdAt }) => (
          <li key={id} className={classes.item} data-priority={priority}>
            <b>{subject}</b>
            <Text size="sm" className={classes.content}>
              {content}
            </Text>
            <Text size="xs" c="dimmed" title={full(createdAt)}>
              {`${stamp(createdAt)} by ${by}`}
              {priority !== 'normal' && ` · ${priority}`}
            </Text>
          </li>
        ))}
      </ul>
    </Panel>
  );
};
