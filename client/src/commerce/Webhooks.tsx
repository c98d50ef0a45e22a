import {
  ActionIcon,
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, RotateCw, Trash2, Webhook as WebhookIcon } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { CreatedWebhook, Webhook, WebhookDelivery } from '../../../server/contract/commerce.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone, notifyTrouble } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { ApiError } from '../app/problem.ts';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { full, stamp } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import { addWebhook, readDeliveries, readWebhooks, removeWebhook, replayDelivery, switchWebhook } from './calls.ts';
import { Tabs } from './Tabs.tsx';
import { useCreate } from './useCreate.ts';
import classes from './Webhooks.module.css';

const WEBHOOKS = ['commerce', 'webhooks'] as const;
const ASK_MS = 5000;

/** Where this company's events go, and whether they arrive there. */
export const Webhooks = () => {
  const { data, error, isPending, refetch, dataUpdatedAt, isError } = useQuery({
    queryKey: WEBHOOKS,
    queryFn: ({ signal }) => readWebhooks(signal),
    refetchInterval: ASK_MS,
    refetchOnMount: 'always',
  });
  const fresh = useFreshness();
  const shown = fresh.status === 'live' && !isError ? { status: 'as-of' as const, staleSince: dataUpdatedAt } : fresh;
  const [creating, setCreating] = useState(false);
  const [chosen, setChosen] = useState<string>();
  return (
    <Page
      title="Webhooks"
      aside={data && <ContinuityBadge of={shown} label="These webhooks" />}
      actions={
        <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
          New webhook
        </Button>
      }
    >
      <Tabs />
      {isPending && <Skeleton height={160} radius="md" />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Notice icon={<WebhookIcon size={32} aria-hidden />} title="No webhooks yet">
          Give an address, and every event of your company is sent there, signed, in order, until it is accepted.
        </Notice>
      )}
      <ul className={classes.list} aria-label="Webhooks">
        {data?.items.map((webhook) => (
          <Row
            key={webhook.id}
            webhook={webhook}
            open={chosen === webhook.id}
            onOpen={() => setChosen(chosen === webhook.id ? undefined : webhook.id)}
          />
        ))}
      </ul>
      {creating && <NewWebhook onClose={() => setCreating(false)} />}
    </Page>
  );
};

const Row = ({ webhook, open, onOpen }: { webhook: Webhook; open: boolean; onOpen: () => void }) => {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: WEBHOOKS });
  const change = useMutation({
    mutationFn: (on: boolean) => switchWebhook(webhook.id, on ? 'active' : 'off'),
    onError: notifyTrouble,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => removeWebhook(webhook.id),
    onSuccess: () => notifyDone('The webhook is removed.'),
    onError: notifyTrouble,
    onSettled: refresh,
  });
  return (
    <li className={classes.item} data-id={webhook.id}>
      <div className={classes.row}>
        <div className={classes.what}>
          <b className={classes.url}>{webhook.url}</b>
          <Text size="xs" c="dimmed">
            {webhook.events.length > 0 ? webhook.events.join(', ') : 'every event'} · since {stamp(webhook.createdAt)}
          </Text>
          {webhook.status === 'off' && webhook.offReason && (
            <Text size="sm" className={classes.bad}>
              Switched off: {webhook.offReason}
            </Text>
          )}
          {webhook.dropped > 0 && (
            <Text size="sm" className={classes.bad}>
              {webhook.dropped.toLocaleString('en')} of the oldest events were dropped: too many waited.
            </Text>
          )}
          {webhook.status === 'active' && webhook.failingSince && (
            <Text size="sm" className={classes.warn}>
              Failing since {stamp(webhook.failingSince)}; it is tried again by itself.
            </Text>
          )}
        </div>
        <Group gap="sm" wrap="nowrap">
          <Switch
            aria-label={`Send to ${webhook.url}`}
            checked={webhook.status === 'active'}
            disabled={change.isPending}
            onChange={(event) => change.mutate(event.currentTarget.checked)}
          />
          <Button size="compact-sm" variant="default" aria-expanded={open} onClick={onOpen}>
            Log
          </Button>
          <ActionIcon variant="default" aria-label={`Remove ${webhook.url}`} onClick={() => setAsking(true)}>
            <Trash2 size={15} aria-hidden />
          </ActionIcon>
        </Group>
      </div>
      {open && <Log webhook={webhook} />}
      {asking && (
        <Modal
          opened
          onClose={() => setAsking(false)}
          title="Remove this webhook?"
          closeButtonProps={{ 'aria-label': 'Close' }}
        >
          <Text size="sm" mb="md">
            Nothing more is sent to {webhook.url}, and its log goes with it. To pause it, switch it off instead.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Keep it
            </Button>
            <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
              Remove
            </Button>
          </Group>
        </Modal>
      )}
    </li>
  );
};

const outcome = ({ status, attempts, responseStatus, error, nextAttemptAt }: WebhookDelivery) => {
  const answer = responseStatus ? `answered ${responseStatus}` : (error ?? '');
  if (status === 'delivered') return `delivered${attempts > 1 ? ` at attempt ${attempts}` : ''}`;
  const again = nextAttemptAt ? `, again ${stamp(nextAttemptAt)}` : '';
  return `${status === 'pending' ? 'waiting' : 'failed'} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${answer && `: ${answer}`}${again}`;
};

const Log = ({ webhook }: { webhook: Webhook }) => {
  const client = useQueryClient();
  const key = [...WEBHOOKS, webhook.id];
  const { data, error, isPending, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => readDeliveries(webhook.id, signal),
    refetchInterval: ASK_MS,
  });
  const replay = useMutation({
    mutationFn: (deliveryId: string) => replayDelivery(webhook.id, deliveryId),
    onSuccess: () => notifyDone('It is sent once more.'),
    onError: notifyTrouble,
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  if (isPending) return <Skeleton height={60} />;
  if (error && !data) return <Trouble error={error} retry={() => void refetch()} />;
  if (data?.items.length === 0)
    return (
      <Text size="sm" c="dimmed" p="sm">
        Nothing was sent yet.
      </Text>
    );
  return (
    <ol className={classes.log} aria-label={`Deliveries to ${webhook.url}`}>
      {data?.items.map((delivery) => (
        <li key={delivery.id} className={classes.delivery}>
          <span title={full(delivery.createdAt)}>{stamp(delivery.createdAt)}</span>
          <span>
            <b>{delivery.eventType}</b> {delivery.stream} v{delivery.version}
          </span>
          <span data-status={delivery.status} className={classes.outcome}>
            {outcome(delivery)}
          </span>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Send ${delivery.eventType} v${delivery.version} again`}
            loading={replay.isPending && replay.variables === delivery.id}
            onClick={() => replay.mutate(delivery.id)}
          >
            <RotateCw size={14} aria-hidden />
          </ActionIcon>
        </li>
      ))}
    </ol>
  );
};

const NewWebhook = ({ onClose }: { onClose: () => void }) => {
  const client = useQueryClient();
  const user = useUser();
  const [given, setGiven] = useState({ url: '', events: '', companyId: '' });
  const [made, setMade] = useState<CreatedWebhook>();
  const create = useCreate<object, CreatedWebhook>(addWebhook, (webhook) => {
    setMade(webhook);
    void client.invalidateQueries({ queryKey: WEBHOOKS });
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const set = (name: keyof typeof given) => (event: React.ChangeEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    setGiven((before) => ({ ...before, [name]: value }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      url: given.url.trim(),
      events: given.events.split(/[\s,]+/).filter(Boolean),
      ...(given.companyId.trim() && { companyId: given.companyId.trim() }),
    });
  };
  return (
    <Modal opened onClose={onClose} title="New webhook" closeButtonProps={{ 'aria-label': 'Close' }}>
      {made ? (
        <Stack gap="md">
          <Alert color="yellow" variant="light" title="Copy the secret now">
            It signs every message and is not shown again.
          </Alert>
          <Code block data-testid="webhook-secret">
            {made.secret}
          </Code>
          <Group justify="flex-end" gap="xs">
            <CopyButton value={made.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label="Address"
              type="url"
              placeholder="https://example.com/hooks/waybeat"
              required
              maxLength={2000}
              data-autofocus
              value={given.url}
              error={fields.url}
              onChange={set('url')}
            />
            <TextInput
              label="Events"
              description="Names or beginnings of names, such as order: or inventory:; empty means every event"
              maxLength={1000}
              value={given.events}
              error={fields.events}
              onChange={set('events')}
            />
            {user?.companyId === null && (
              <TextInput
                label="Company id"
                required
                maxLength={200}
                value={given.companyId}
                error={fields.companyId}
                onChange={set('companyId')}
              />
            )}
            <FormTrouble error={create.error} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Back
              </Button>
              <Button type="submit" loading={create.isPending}>
                Create webhook
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
};
