/** How long after the heartbeat interval without any packet a connection counts as silent. */
const GRACE_MS = 5_000;

/**
 * Watches for silence on one connection: `heard()` with every packet; `onSilence` once, when nothing was heard for the
 * heartbeat interval + 5 s. The server's own timeout would take 30 s, and a cut cable says nothing at all.
 */
export const watchSilence = (intervalMs: number, onSilence: () => void) => {
  const limit = intervalMs + GRACE_MS;
  let last = Date.now();
  let timer = setTimeout(check, limit);
  // Re-armed when it fires rather than with every packet: a busy connection has thousands of those.
  function check() {
    clearTimeout(timer);
    const left = last + limit - Date.now();
    if (left <= 0) onSilence();
    else timer = setTimeout(check, left);
  }
  return {
    heard: () => {
      last = Date.now();
    },
    /** Looks now, for a device that woke up. */
    check,
    stop: () => clearTimeout(timer),
  };
};
