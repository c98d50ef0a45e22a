/** Argon2id with the library's defaults: 19 MiB, 2 passes (OWASP Password Storage Cheat Sheet). */
export const hashPassword = async (password: string): Promise<string> =>
  (await import('@node-rs/argon2')).hash(password);

let decoy: Promise<string> | undefined;

/** Whether `password` belongs to `passwordHash`; without a hash the answer is false after the same time. */
export const checkPassword = async (passwordHash: string | null | undefined, password: string): Promise<boolean> => {
  // A hash of nothing anybody knows: an unknown username must cost as long as a wrong password, the first one as well.
  decoy ??= hashPassword(crypto.randomUUID());
  const nobody = await decoy;
  const { verify } = await import('@node-rs/argon2');
  const matches = await verify(passwordHash ?? nobody, password);
  return matches && passwordHash != null;
};
