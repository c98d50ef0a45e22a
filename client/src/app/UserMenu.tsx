import { VisuallyHidden } from '@mantine/core';
import type { User } from '../../../server/contract/auth.ts';
import { initials } from './people.ts';
import classes from './UserMenu.module.css';
import { ahead, usePart } from './usePart.ts';

const load = ahead(() => import('./UserMenuList.tsx'));

/** Whoever is signed in. The menu behind it is loaded at the first click: most visits never open it. */
export const UserMenu = ({ user }: { user: User }) => {
  const [List, ask] = usePart(load);
  const button = (
    <button type="button" className={classes.button} aria-haspopup="menu" onClick={List ? undefined : ask}>
      <span aria-hidden>{initials(user.username)}</span>
      <VisuallyHidden>Menu of {user.username}</VisuallyHidden>
    </button>
  );
  return List ? <List user={user}>{button}</List> : button;
};
