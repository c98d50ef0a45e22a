import { hash, verify } from '@node-rs/argon2';

/** Argon2id with the library's defaults: 19 MiB, 2 passes (OWASP Password Storage Cheat Sheet). */
export const hashPassword = (password: string): Promise<string> => hash(password);

// A hash of nothing anybody knows: an unknown username must cost as long as a wrong password.
const decoy = hash(crypto.randomUUID());

/** Whether `password` belongs to `passwordHash`; without a hash the answer is false after the same time. */
export const checkPassword = async (passwordHash: string | null | undefined, password: string): Promise<boolean> => {
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash != null;
};
