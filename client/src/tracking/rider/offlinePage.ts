/** Lets the rider's page open without network: its files are kept by a worker that looks after `/tracking` alone. */
export const keepPageOffline = (): void => {
  // Browsers offer it on https and on localhost only; without it everything else works as before.
  if (!navigator.serviceWorker) return;
  const keep = async () => {
    await navigator.serviceWorker.register('/rider-worker.js', { scope: '/tracking' });
    const { active } = await navigator.serviceWorker.ready;
    // What this page loaded before the worker was there to keep it.
    const files = performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === window.location.origin && pathname.startsWith('/assets/'))
      .map(({ pathname }) => pathname);
    active?.postMessage([...new Set(files)]);
  };
  keep().catch(() => {});
};
