import { readFile } from 'node:fs/promises';
import { type Request, type Response, Router } from 'express';
import type { User } from '../contract/auth.ts';
import { Awb, type Parcel, type ParcelStatus } from '../contract/tracking.ts';
import { bearerToken, guestOf } from '../platform/auth.ts';
import { noteCaller } from '../platform/callers.ts';
import { AppError } from '../platform/errors.ts';
import { httpLimit } from '../platform/limits.ts';
import { verifyToken } from '../platform/tokens.ts';
import { identify } from '../platform/users.ts';
import { getSeen } from './access.ts';
import { parcelFor } from './views.ts';

/**
 * The page that a customer opens. What is known of the parcel stands in it as it leaves the server, so that it can be
 * read without JavaScript; with it the dashboard's own screen takes that place.
 */

const WORDS: Record<ParcelStatus, string> = {
  CREATED: 'Announced: the sender has not handed it over yet',
  PICKED_UP: 'Picked up from the sender',
  IN_TRANSIT: 'On its way',
  AT_HUB: 'At a sorting centre',
  OUT_FOR_DELIVERY: 'Out for delivery: it comes today',
  DELIVERED: 'Delivered',
  FAILED_ATTEMPT: 'Delivery was tried, nobody could take it',
  RETURNED: 'Returned to the sender',
  CANCELLED: 'Cancelled',
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
const moment = (iso: string) =>
  `<time datetime="${escaped(iso)}">${escaped(iso.slice(0, 16).replace('T', ' '))} UTC</time>`;

/** The dashboard's own styles put no space around it. */
const OPENING = '<main class="tracking-status" style="max-width:40rem;margin:0 auto;padding:1.25rem;line-height:1.5">';

const describe = (parcel: Parcel): string => {
  const { location, eta } = parcel;
  const steps = parcel.timeline
    .toReversed()
    .map(
      ({ status, description, at }) =>
        `<li>${moment(at)} – ${WORDS[status]}${description ? `: ${escaped(description)}` : ''}</li>`,
    );
  // A metre is the fifth decimal: more would only look precise.
  const [lat, long] = [location?.lat, location?.long].map((degrees) => Number(degrees?.toFixed(5)));
  const map = `https://www.openstreetmap.org/?mlat=${lat}&amp;mlon=${long}#map=15/${lat}/${long}`;
  return `${OPENING}
<h1 style="font-size:1.5rem">Parcel ${escaped(parcel.awb)}</h1>
<p><strong>${WORDS[parcel.status]}</strong></p>
<p>Since ${moment(parcel.statusChangedAt)}</p>
${eta ? `<p>Expected ${moment(eta)}</p>` : ''}
${location ? `<p>Last seen ${moment(location.recordedAt)} at <a rel="noreferrer" href="${map}">${lat}, ${long}</a>${location.accuracy === undefined ? '' : ` (within ${Math.round(location.accuracy)} m)`}</p>` : '<p>No position is known yet.</p>'}
<h2>What happened</h2>
<ol>${steps.join('\n')}</ol>
<noscript><p>As of ${moment(new Date().toISOString())}. Open this page again for news.</p></noscript>
</main>`;
};

const nothing = (title: string, text: string) =>
  `${OPENING}<h1 style="font-size:1.5rem">${title}</h1><p>${text}</p></main>`;

const SHELL = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your parcel</title></head><body><div id="root"></div></body></html>`;

const readerOf = async (request: Request): Promise<User | undefined> => {
  const link = typeof request.query.t === 'string' && request.query.t !== '' ? request.query.t : undefined;
  const token = link ?? bearerToken(request.headers.authorization);
  if (token === undefined) return guestOf('/tracking');
  const user = await identify(await verifyToken(token));
  // An address is written down everywhere: only what opens one parcel, and nothing else, may stand in it.
  return link !== undefined && user.role !== 'guest' ? undefined : user;
};

const statusOf = async (request: Request): Promise<{ status: number; html: string }> => {
  const gone = {
    status: 404,
    html: nothing(
      'Parcel not found',
      'This link has ended, or there is no such parcel. Ask whoever sent it to you for a new one.',
    ),
  };
  const awb = Awb.safeParse(request.params.awb);
  if (!awb.success) return gone;
  try {
    const user = await readerOf(request);
    // Whoever is signed in here has the token in the browser's memory: the page's own script goes on from there.
    if (!user)
      return {
        status: 200,
        html: nothing(`Parcel ${awb.data}`, 'Sign in, or open the link that you were sent, to see where it is.'),
      };
    noteCaller(user, request.ip ?? 'unknown');
    const { parcel, view } = await getSeen(user, awb.data);
    return { status: 200, html: describe(parcelFor(parcel, view)) };
  } catch (error) {
    if (error instanceof AppError && ['NOT_FOUND', 'UNAUTHENTICATED'].includes(error.code)) return gone;
    throw error;
  }
};

/** The page, in the dashboard's own `index.html` where it was built, which then starts with what stands in it. */
export const trackingPage = (index: string | undefined): Router => {
  const router = Router();
  // The dashboard says that it needs JavaScript; this page does not.
  const shell =
    index === undefined
      ? Promise.resolve(SHELL)
      : readFile(index, 'utf8').then((text) => text.replace(/<noscript>[\s\S]*?<\/noscript>/g, ''));
  router.get('/:awb', httpLimit, async (request: Request, response: Response) => {
    const [{ status, html }, page] = await Promise.all([statusOf(request), shell]);
    response
      .status(status)
      // The address holds a key: no other site may learn it, no cache may keep the page.
      .set({ 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'private, no-store', 'X-Robots-Tag': 'noindex' })
      .type('html')
      .send(page.replace('<div id="root"></div>', () => `<div id="root">${html}</div>`));
  });
  return router;
};
