import { Alert } from '@mantine/core';
import { CircleAlert, LocateFixed, LocateOff } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { ageText } from './age.ts';
import { serverNow, useSecond } from './clock.ts';
import classes from './Switch.module.css';
import { startSharing, stopSharing, useSharing } from './shareHere.ts';
import type { Sharing } from './sharing.ts';

const TROUBLE: Partial<Record<Sharing['status'], { title: string; next: string }>> = {
  denied: {
    title: 'This browser does not let Waybeat know where you are.',
    next: 'Allow the location for this site in the browser’s settings (the icon beside the address), then tap again.',
  },
  unsupported: {
    title: 'This device or address cannot share a position.',
    next: 'Open the page by https on a phone, then tap again.',
  },
  refused: {
    title: 'The server no longer takes your position.',
    next: 'Reload the page and sign in again; if it stays, ask your company.',
  },
};

const WORKING: Sharing['status'][] = ['asking', 'sharing', 'unsent', 'lost'];

/** Shares where this phone is, and says all the time whether it really arrives. */
export const ShareSwitch = ({ vendor }: { vendor: Vendor }) => {
  useSecond();
  const sharing = useSharing();
  const mine = sharing.vendorId === vendor.id ? sharing : { ...sharing, status: 'off' as const, sentAt: null };
  const on = WORKING.includes(mine.status);
  const trouble = TROUBLE[mine.status];
  return (
    <div>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-label="Share my position"
        aria-describedby="sharing-state"
        className={classes.switch}
        data-on={on}
        data-warn={mine.status === 'unsent' || mine.status === 'lost' || undefined}
        data-testid="share"
        onClick={() => (on ? stopSharing() : startSharing(vendor.id))}
      >
        <span className={classes.icon}>
          {on ? <LocateFixed size={30} aria-hidden /> : <LocateOff size={30} aria-hidden />}
        </span>
        <span className={classes.words}>
          <span className={classes.title}>{on ? 'Sharing position' : 'Position not shared'}</span>
          <span className={classes.hint} id="sharing-state" data-testid="sharing-state">
            {hint(mine, vendor)}
          </span>
        </span>
        <span className={classes.track} aria-hidden>
          <span className={classes.knob} />
        </span>
      </button>
      {trouble && (
        <Alert mt="sm" color="red" variant="light" role="alert" icon={<CircleAlert size={18} />} title={trouble.title}>
          {trouble.next}
        </Alert>
      )}
    </div>
  );
};

const hint = ({ status, sentAt, last }: Sharing, { locatedAt }: Vendor): ReactNode => {
  const arrived = sentAt === null ? null : ageText(performance.now() - sentAt);
  switch (status) {
    case 'asking':
      return 'Looking for where you are …';
    case 'sharing':
      return `Arrived ${arrived}${last?.accuracy ? `, within ${Math.round(last.accuracy)} m` : ''}`;
    case 'unsent':
      return `No connection. ${arrived ? `Last arrived ${arrived}; ` : ''}it is sent as soon as there is one`;
    case 'lost':
      return `No position from this phone. ${arrived ? `Last arrived ${arrived}` : 'Go where it sees the sky'}`;
    default:
      return locatedAt ? `Customers last saw you ${ageText(serverNow() - Date.parse(locatedAt))}` : 'Tap to share it';
  }
};
