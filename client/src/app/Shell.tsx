import { Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { OfflineIndicator } from '../components/OfflineIndicator.tsx';
import { Bell } from '../notifications/Bell.tsx';
import { LiveRegion } from './announce.tsx';
import { ConnectionIndicator } from './ConnectionIndicator.tsx';
import { Logo } from './Logo.tsx';
import { Navigation } from './Navigation.tsx';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu.tsx';

/** The frame around every screen of a signed-in user. */
export const Shell = ({ user, children }: { user: User; children: ReactNode }) => (
  <div className={classes.shell}>
    <a className={classes.skip} href="#content">
      Skip to content
    </a>
    <header className={classes.header}>
      <Link href="/" className={classes.brand} aria-label="Waybeat, to the start">
        <Logo />
        <span className={classes.name}>Waybeat</span>
      </Link>
      <Group gap="sm" wrap="nowrap">
        <ConnectionIndicator />
        <Bell />
        <UserMenu user={user} />
      </Group>
    </header>
    <div className={classes.side}>
      <Navigation user={user} />
    </div>
    <main id="content" className={classes.main} tabIndex={-1}>
      {children}
    </main>
    <LiveRegion />
    <div className={classes.offline}>
      <OfflineIndicator />
    </div>
  </div>
);
