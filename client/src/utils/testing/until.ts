/** Resolves when `holds` does: looked at now and at each change that `subscribe` reports. Rejects after `milliseconds`. */
export const until = (
  subscribe: (listener: () => void) => () => void,
  holds: () => boolean,
  what: () => string,
  milliseconds = 10_000,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = () => {
      if (!holds()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`not within ${milliseconds} ms: ${what()}`));
    }, milliseconds);
    const unsubscribe = subscribe(look);
    look();
  });
