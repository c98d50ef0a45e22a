import { Alert, Button, Group, Loader, Text } from '@mantine/core';
import { CloudUpload, TriangleAlert } from 'lucide-react';
import { stamp } from '../../app/time.ts';
import { STATUS } from '../status.ts';
import classes from './QueuePanel.module.css';
import { dequeue, type Queued } from './queue.ts';

const count = (many: number, one: string, several: string) =>
  many === 0 ? [] : [`${many} ${many === 1 ? one : several}`];

const summary = (items: readonly Queued[]): string => {
  const of = (kind: Queued['kind']) => items.filter((item) => item.kind === kind).length;
  return [
    ...count(of('position'), 'position', 'positions'),
    ...count(of('status'), 'status', 'statuses'),
    ...count(of('photo'), 'photo', 'photos'),
  ].join(', ');
};

const words = (item: Queued) => {
  if (item.kind === 'status') return `${item.awb}: ${STATUS[item.status].label}, ${stamp(item.recordedAt)}`;
  if (item.kind === 'photo') return `${item.awb}: photo, ${stamp(item.takenAt)}`;
  return `${item.awb}: position, ${stamp(item.fix.recordedAt)}`;
};

/** What is on this phone only, and what the server did not take and why. */
export const QueuePanel = ({ items, sending }: { items: readonly Queued[]; sending: boolean }) => {
  const waiting = items.filter(({ refused }) => refused === undefined);
  const refused = items.filter(({ refused: reason }) => reason !== undefined);
  const shown = waiting.filter(({ kind }) => kind !== 'position');
  // A position on its way for a moment is the normal state, and no news.
  const busy = shown.length > 0 || waiting.length > 3;
  return (
    <>
      <section
        className={classes.panel}
        aria-label="Waiting to be sent"
        data-testid="queue"
        data-waiting={waiting.length}
      >
        <Group gap="xs" wrap="nowrap">
          {sending && busy ? <Loader size={16} aria-hidden /> : <CloudUpload size={18} aria-hidden />}
          <Text size="sm" fw={600} role="status">
            {busy ? `Waiting to be sent: ${summary(waiting)}` : 'Everything is sent'}
          </Text>
        </Group>
        {busy && (
          <>
            <ul className={classes.list}>
              {shown.map((item) => (
                <li key={item.id}>{words(item)}</li>
              ))}
            </ul>
            <Text size="xs" c="dimmed">
              Kept on this phone and sent by itself when there is a network. You may close the page.
            </Text>
          </>
        )}
      </section>
      {refused.length > 0 && (
        <Alert color="red" icon={<TriangleAlert size={18} />} role="alert" title="Not accepted">
          <ul className={classes.list}>
            {refused.slice(0, 10).map((item) => (
              <li key={item.id}>
                {words(item)}. {item.refused}
              </li>
            ))}
          </ul>
          <Button size="compact-sm" variant="default" mt="xs" onClick={() => void dequeue(refused.map(({ id }) => id))}>
            I have read it
          </Button>
        </Alert>
      )}
    </>
  );
};
