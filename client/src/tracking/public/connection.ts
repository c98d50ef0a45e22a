import type { Parcel } from '../../../../server/contract/tracking.ts';
import { ApiError, fromAnswer, unreachable } from '../../app/problem.ts';
import { freshToken } from '../../signin/session.ts';
import { createStreams } from '../../streams/streams.ts';
import { createClient } from '../../utils/client.ts';
import { TRACKING } from '../live.ts';

/** The page of whoever has a link has a connection of its own: to the parcels and to nothing else. */

const tokenOf = async (link: string | null): Promise<string | null> => {
  if (link) return link;
  // Without a link: who is signed in here anyway, and otherwise a guest.
  return freshToken().catch(() => null);
};

export const openConnection = (link: string | null) => {
  const client = createClient();
  const { openStream } = createStreams(client);
  return {
    client,
    opener: openStream,
    connect: () => {
      client.connect(link ?? (() => tokenOf(null)), { namespace: TRACKING, guest: true });
      return () => client.disconnect();
    },
  };
};

/** The same over HTTP, for where nothing live gets through. Throws ApiError. */
export const readPublic = async (awb: string, link: string | null, signal: AbortSignal): Promise<Parcel> => {
  const token = await tokenOf(link);
  const answer = await fetch(`/api/tracking/${encodeURIComponent(awb)}`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    cache: 'no-store',
    signal,
  }).catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable();
  });
  if (!answer.ok) throw fromAnswer(answer.status, await answer.text());
  return (await answer.json()) as Parcel;
};

/** Whether asking again will answer the same: the link is over, or never was. */
export const isOver = (error: unknown): boolean =>
  error instanceof ApiError && ['UNAUTHENTICATED', 'NOT_FOUND', 'FORBIDDEN', 'BAD_REQUEST'].includes(error.code);
