import { unavailable } from '../../platform/errors.ts';

/**
 * Spares a service that is down, and those who wait for it. After `failures` in a row nobody asks it for `pauseMs`;
 * then one call tries, and its outcome decides for all.
 */

export type Circuit = {
  /** Throws UNAVAILABLE while the circuit is open. */
  run: <Result>(call: () => Promise<Result>, isFailure: (error: unknown) => boolean) => Promise<Result>;
  isOpen: () => boolean;
};

export const createCircuit = (
  name: string,
  { failures = 5, pauseMs = 2_000, now = Date.now }: { failures?: number; pauseMs?: number; now?: () => number } = {},
): Circuit => {
  let inARow = 0;
  let openUntil = 0;
  let trying = false;
  const isOpen = () => inARow >= failures;
  return {
    isOpen,
    run: async (call, isFailure) => {
      if (isOpen()) {
        if (trying || now() < openUntil) throw unavailable(`The ${name} service cannot be reached; try again shortly`);
        trying = true;
      }
      try {
        const result = await call();
        inARow = 0;
        return result;
      } catch (error) {
        if (isFailure(error)) {
          inARow += 1;
          openUntil = now() + pauseMs;
        } else inARow = 0;
        throw error;
      } finally {
        trying = false;
      }
    },
  };
};
