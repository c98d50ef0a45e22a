import type { User } from '../contract/auth.ts';

/** Guests have no id of their own: limits know them by where they call from. */
const addresses = new WeakMap<User, string>();

export const noteCaller = (user: User, address: string): void => {
  addresses.set(user, address);
};

/** By which a limit counts this caller: a person, whatever they call from, else the address. */
export const callerKey = (user: User): string =>
  user.role === 'guest' ? `ip:${addresses.get(user) ?? user.id}` : `user:${user.id}`;
