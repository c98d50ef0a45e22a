/**
 * The server's clock as this window knows it. The device's own may be hours off or be set while we look, so it is never
 * read: time runs by the page's monotonic clock from what the server said.
 *
 * An event that was stamped at S and heard at H means that the offset is at least S - H, since nothing is heard before
 * it is stamped; so events can only move the clock forward. A question with an answer (`ping`) bounds it from both
 * sides: the truth lies within half the time it took.
 */

/** An answer that took longer says too little to replace a better one. */
const AGED_MS = 120_000;

export const createServerClock = (monotonic: () => number = () => performance.now()) => {
  let offset: number | undefined;
  /** How wrong `offset` may be at most, either way, in milliseconds. */
  let doubt = Number.POSITIVE_INFINITY;
  let measuredAt = Number.NEGATIVE_INFINITY;

  return {
    /** Takes an event's stamp as it is heard. Stamps of history are older and change nothing. */
    heard: (timestamp: string) => {
      const least = Date.parse(timestamp) - monotonic();
      if (Number.isFinite(least) && (offset === undefined || least > offset)) offset = least;
    },
    /** Takes the stamp of an answer to a question that was asked at `askedAt` of the monotonic clock. */
    answered: (timestamp: string, askedAt: number) => {
      const now = monotonic();
      const half = (now - askedAt) / 2;
      const middle = Date.parse(timestamp) - (askedAt + half);
      if (!Number.isFinite(middle)) return;
      if (half > doubt && now - measuredAt < AGED_MS) return;
      offset = middle;
      doubt = half;
      measuredAt = now;
    },
    /** Forgets what it knew: a device that slept may have stopped the monotonic clock. */
    forget: () => {
      doubt = Number.POSITIVE_INFINITY;
      measuredAt = Number.NEGATIVE_INFINITY;
    },
    /** Milliseconds since 1970 on the server; the device's own word before the server has said anything. */
    now: () => (offset === undefined ? Date.now() : offset + monotonic()),
  };
};
