import type { Unsubscribe } from './types.ts';

/** What a browser knows about the network. Outside a browser nothing ever happens here. */

type Signals = {
  /** The device has no network any more. */
  onOffline: () => void;
  /** There may be a network again, or the device woke up: no need to wait longer. */
  onWake: () => void;
};

const inBrowser = () => typeof window !== 'undefined' && typeof document !== 'undefined';

export const watchBrowser = ({ onOffline, onWake }: Signals): Unsubscribe => {
  if (!inBrowser()) return () => {};
  const onVisible = () => {
    if (document.visibilityState === 'visible') onWake();
  };
  window.addEventListener('offline', onOffline);
  window.addEventListener('online', onWake);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    window.removeEventListener('offline', onOffline);
    window.removeEventListener('online', onWake);
    document.removeEventListener('visibilitychange', onVisible);
  };
};

/** Browsers are sure only of being offline; `true` may still mean a network that leads nowhere. */
export const maybeOnline = (): boolean => !inBrowser() || navigator.onLine;
