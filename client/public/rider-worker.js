/*
 * Keeps the rider's page on the phone. Pages come from the network while there is one, and from the last visit while
 * there is none; files of the build never change under their name, so they come from the phone first. What the
 * server answers at /api is never kept.
 */
const CACHE = 'waybeat-rider-1';
const PAGE = '/tracking';

self.addEventListener('install', (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

const keepPage = async () => {
  const cache = await caches.open(CACHE);
  await cache.add(PAGE);
};

const fromNetwork = async (request) => {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(PAGE, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(PAGE, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
};

const fromPhone = async (request) => {
  const cache = await caches.open(CACHE);
  // The same file whoever asks for it: a script's request and our own differ in a header that the answer varies by.
  const kept = await cache.match(request.url, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(fromNetwork(request));
  else if (url.pathname.startsWith('/assets/') || url.pathname === '/favicon.svg')
    event.respondWith(fromPhone(request));
});

/** The files that were loaded before this worker was there. */
self.addEventListener('message', (event) => {
  if (!Array.isArray(event.data)) return;
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await Promise.allSettled(event.data.map((path) => cache.add(path)));
  };
  event.waitUntil(keep());
});
