import { Button, Group, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import type { DigestLine } from '../../../server/contract/commerce.ts';
import { ago } from '../app/time.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { readDigest } from './calls.ts';
import classes from './Digest.module.css';
import { keepSeen, readSeen, type Seen } from './seen.ts';

/** Whoever was away for less has seen it on the screens themselves. */
const AWAY_MS = 120_000;
const KEEP_MS = 15_000;

/** While you were away: a line for each thing that changed meanwhile, once, when somebody returns. */
export const Digest = ({ user }: { user: User }) => {
  const client = useQueryClient();
  const { status } = useContinuity();
  const [away, setAway] = useState<{ since: number; lines: DigestLine[] }>();
  /** What was seen before this window came, or before its connection went. */
  const before = useRef<Seen | undefined>(readSeen(user.id));
  const live = status === 'live';

  useEffect(() => {
    if (!live) return;
    const seen = before.current;
    before.current = undefined;
    if (seen && Date.now() - seen.at > AWAY_MS && Object.keys(seen.streams).length > 0)
      readDigest(seen.streams).then(
        ({ items }) => items.length > 0 && setAway({ since: seen.at, lines: items }),
        // The screens themselves are true without it.
        () => {},
      );
    const keep = () => keepSeen(user.id, client);
    const timer = setInterval(keep, KEEP_MS);
    window.addEventListener('pagehide', keep);
    return () => {
      keep();
      before.current = readSeen(user.id);
      clearInterval(timer);
      window.removeEventListener('pagehide', keep);
    };
  }, [live, client, user.id]);

  if (!away) return null;
  return (
    <Modal
      opened
      onClose={() => setAway(undefined)}
      size="lg"
      title="While you were away"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Text size="sm" c="dimmed" mb="sm">
        You were last here {ago(away.since)}. {away.lines.length} {away.lines.length === 1 ? 'thing' : 'things'}{' '}
        changed:
      </Text>
      <ul className={classes.list} data-testid="digest">
        {away.lines.map((line) => (
          <li key={line.stream} className={classes.line}>
            <Where line={line} onLeave={() => setAway(undefined)} />
            <span>{withoutTitle(line)}</span>
          </li>
        ))}
      </ul>
      <Group justify="flex-end" mt="md">
        <Button onClick={() => setAway(undefined)} data-autofocus>
          Go on
        </Button>
      </Group>
    </Modal>
  );
};

/** The line begins with the thing's name, which stands beside it here. */
const withoutTitle = ({ title, text }: DigestLine) =>
  text.startsWith(`${title}: `) ? text.slice(title.length + 2) : text;

const pathOf = (stream: string) => {
  const [kind, id = ''] = [stream.slice(0, stream.indexOf(':')), stream.slice(stream.indexOf(':') + 1)];
  if (kind === 'order') return `/commerce/orders/${encodeURIComponent(id)}`;
  if (kind === 'shipment') return `/shipments/${encodeURIComponent(id)}`;
  return kind === 'product' ? '/commerce/stock' : undefined;
};

const Where = ({ line, onLeave }: { line: DigestLine; onLeave: () => void }) => {
  const path = pathOf(line.stream);
  return path ? (
    <Link href={path} className={classes.title} onClick={onLeave}>
      {line.title}
    </Link>
  ) : (
    <b className={classes.title}>{line.title}</b>
  );
};
