import { Alert } from '@mantine/core';
import { Megaphone } from 'lucide-react';
import classes from './AnnouncementBanner.module.css';
import type { Announced } from './useAnnounced.ts';

const COLOURS: Partial<Record<Announced['priority'], string>> = { high: 'yellow', urgent: 'red', critical: 'red' };

/** What an administrator says to everybody who is here now, until one puts it away. */
export default function AnnouncementBanner({ announced, onClose }: { announced: Announced; onClose: () => void }) {
  return (
    <div className={classes.place}>
      <Alert
        key={announced.id}
        color={COLOURS[announced.priority] ?? 'tide'}
        variant="light"
        icon={<Megaphone size={18} aria-hidden />}
        title={announced.subject}
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={onClose}
        className={classes.banner}
        data-testid="announcement"
      >
        <span className={classes.text}>{announced.content}</span>
      </Alert>
    </div>
  );
}
