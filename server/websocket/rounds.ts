/** Work that each connection has to get once an interval comes in a hundred parts: an event in between waits for one of them. */
export const SLOTS = 100;

/** What a loop that was busy is late with at most at once; after a longer sleep the round goes on where it was. */
const MOST_LATE = SLOTS / 10;

/** Calls `visit` SLOTS times in `interval` ms, however late the timer is each time. The returned function ends it. */
export const startRounds = (interval: number, visit: () => void): (() => void) => {
  const part = interval / SLOTS;
  let visited = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - visited) / part);
    visited += due * part;
    for (let n = 0; n < Math.min(due, MOST_LATE); n += 1) visit();
  }, part);
  return () => clearInterval(timer);
};
