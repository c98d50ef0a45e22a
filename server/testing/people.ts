import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Role } from '../contract/common.ts';

export const TEST_SECRET = 'a-secret-for-tests-only-with-more-than-32-characters';

export type Person = {
  id: string;
  username: string;
  role: Role;
  companyId?: string;
  shopIds?: string[];
};

/** A person with a token; what is not given is made up. */
export const person = (given: Partial<Person> & { role: Role }): Person => {
  const id = given.id ?? `${given.role}-${randomUUID().slice(0, 8)}`;
  return { id, username: `${id}-name`, ...given };
};

/** An access token as this server or its owner would sign it. `expiresInSeconds` may be negative. */
export const tokenFor = ({ id, ...claims }: Person, expiresInSeconds = 3600): string =>
  jwt.sign({ sub: id, ...claims, exp: Math.floor(Date.now() / 1000) + expiresInSeconds }, TEST_SECRET, {
    algorithm: 'HS256',
  });
