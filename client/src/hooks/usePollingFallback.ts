import { useEffect, useRef } from 'react';
import { sharedPolling } from '../utils/sharedPolling.ts';

/**
 * Calls `callback` every 30 s, only while the socket is down. A promise that it returns is awaited before the next
 * wait begins; a rejection only means that HTTP did not work either.
 */
export const usePollingFallback = (callback: () => unknown): void => {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => sharedPolling.poll(() => latest.current()), []);
};
export default usePollingFallback;
