import { VisuallyHidden } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import { initials } from './people.ts';
import classes from './UserMenu.module.css';

const UserMenuList = lazy(() => import('./UserMenuList.tsx'));

/** Whoever is signed in. The menu behind it is loaded at the first click: most visits never open it. */
export const UserMenu = ({ user }: { user: User }) => {
  const [asked, setAsked] = useState(false);
  const button = (
    <button type="button" className={classes.button} aria-haspopup="menu" onClick={() => setAsked(true)}>
      <span aria-hidden>{initials(user.username)}</span>
      <VisuallyHidden>Menu of {user.username}</VisuallyHidden>
    </button>
  );
  if (!asked) return button;
  return (
    <Suspense fallback={button}>
      <UserMenuList user={user}>{button}</UserMenuList>
    </Suspense>
  );
};
