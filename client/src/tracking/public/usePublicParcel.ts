import { useEffect, useMemo, useState } from 'react';
import { useLiveParcel } from '../live.ts';
import { type Followed, fromSnapshot, newerLocation } from '../parcel.ts';
import { openConnection, readPublic } from './connection.ts';

const AGAIN_MS = 30_000;

/** One parcel as its link shows it: live, and read over HTTP at first and whenever live does not get through. */
export const usePublicParcel = (awb: string, link: string | null) => {
  const [connection] = useState(() => openConnection(link));
  useEffect(() => connection.connect(), [connection]);
  const { parcel: streamed, fresh, passed } = useLiveParcel(awb, connection);
  const [read, setRead] = useState<Followed>();
  const [readAt, setReadAt] = useState<number>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);

  const live = fresh.status === 'live';
  const asks = !live || turn > 0;
  useEffect(() => {
    if (!asks) return;
    const ended = new AbortController();
    const ask = () =>
      readPublic(awb, link, ended.signal).then(
        (parcel) => {
          setRead(fromSnapshot(parcel, parcel.version));
          setReadAt(Date.now());
          setError(undefined);
        },
        (thrown: unknown) => {
          if (!ended.signal.aborted) setError(thrown);
        },
      );
    void ask();
    const timer = setInterval(() => void ask(), AGAIN_MS);
    return () => {
      ended.abort();
      clearInterval(timer);
    };
  }, [awb, link, asks, turn]);

  const parcel = useMemo((): Followed | undefined => {
    if (!read || !streamed) return streamed ?? read;
    if (streamed.version >= read.version) return streamed;
    return { ...read, location: newerLocation(read.location, streamed.location) };
  }, [read, streamed]);
  const asOf = !live && readAt && (!fresh.staleSince || readAt > new Date(fresh.staleSince).getTime());
  return {
    parcel,
    passed,
    fresh: asOf ? ({ status: 'as-of', staleSince: readAt } as const) : fresh,
    error,
    again: () => setTurn((before) => before + 1),
  };
};
