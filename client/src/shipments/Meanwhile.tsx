import { Alert, Button, Group, List, Text } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { clock } from '../app/time.ts';
import { difference, tell } from './describe.ts';

type Props = {
  base: Shipment;
  current: Shipment;
  meanwhile: { events: ShipmentEvent[] | undefined; refused: boolean };
  /** Drop what was entered and take the newer state. */
  onTheirs: () => void;
  /** Send what was entered, on top of the newer state. */
  onMine: () => void;
  mine: string;
  /** Why theirs leaves no room for mine. */
  impossible?: string | undefined;
  busy?: boolean;
};

/** Told right in the form: somebody changed this since you opened it, who and what; and the choice. */
export const Meanwhile = ({ base, current, meanwhile, onTheirs, onMine, mine, impossible, busy }: Props) => {
  const box = useRef<HTMLDivElement>(null);
  const { events, refused } = meanwhile;
  useEffect(() => {
    // Only when a click was refused: taking the focus of somebody who is typing would be worse than the news.
    if (refused) box.current?.focus();
  }, [refused]);
  const told = events?.map(tell) ?? [];
  const summary = difference(base, current);
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      color="yellow"
      variant="light"
      role="alert"
      data-testid="meanwhile"
      icon={<GitCompareArrows size={18} aria-hidden />}
      title={refused ? 'Not saved: this changed while you were deciding' : 'This changed while you were deciding'}
    >
      {told.length > 0 ? (
        <List size="sm" spacing={2} listStyleType="none">
          {told.slice(-5).map(({ what, by, at }) => (
            <List.Item key={`${at}${what}`}>
              <b>{by || 'Somebody'}</b> {what}{' '}
              <Text span size="sm">
                at {clock(at)}
              </Text>
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm">
          {summary
            ? `${current.changedBy}: ${summary}`
            : `${current.changedBy} changed it at ${clock(current.updatedAt)}.`}
        </Text>
      )}
      {impossible && (
        <Text size="sm" mt={6}>
          {impossible}
        </Text>
      )}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        {!impossible && (
          <Button size="xs" onClick={onMine} loading={busy ?? false}>
            {mine}
          </Button>
        )}
      </Group>
    </Alert>
  );
};
