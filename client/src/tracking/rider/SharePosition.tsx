import { Button, Text } from '@mantine/core';
import { LocateFixed, LocateOff } from 'lucide-react';
import { accuracyWords, ageWords } from '../age.ts';
import { useNow } from '../useNow.ts';
import classes from './SharePosition.module.css';
import type { useSharing } from './useSharing.ts';

type Props = { sharing: ReturnType<typeof useSharing>; parcels: number };

const TROUBLE = {
  denied:
    'This browser does not give the position away. Allow it for this site in the browser’s settings, then start again.',
  unavailable: 'The phone finds no position. Go where there is sky; it goes on by itself.',
};

/** Starts and stops sharing where the rider is, and says plainly which of both it is. */
export const SharePosition = ({ sharing, parcels }: Props) => {
  const { on, share, fix, trouble } = sharing;
  const now = useNow();
  const Icon = on ? LocateFixed : LocateOff;
  return (
    <section className={classes.panel} data-on={on || undefined} aria-label="Your position">
      <div className={classes.words}>
        <Icon size={22} aria-hidden />
        <div>
          <Text fw={650} role="status">
            {on ? 'Your position is shared' : 'Your position is not shared'}
          </Text>
          <Text size="sm" c="dimmed" data-testid="fix">
            {trouble
              ? TROUBLE[trouble]
              : !on
                ? 'Customers see the last known place.'
                : parcels === 0
                  ? 'Nothing to report: no parcel of yours is under way.'
                  : fix
                    ? `${ageWords(fix.recordedAt, now)}, ${accuracyWords(fix.accuracy)}`
                    : 'Looking for satellites…'}
          </Text>
        </div>
      </div>
      <Button size="md" variant={on ? 'default' : 'filled'} onClick={() => share(!on)}>
        {on ? 'Stop sharing' : 'Start sharing'}
      </Button>
    </section>
  );
};
