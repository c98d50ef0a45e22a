import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { newId } from '../app/newId.ts';
import { ApiError } from '../app/problem.ts';
import { readParcel } from './calls.ts';
import type { Followed } from './parcel.ts';
import type { Parcel } from './wire.ts';

/**
 * A write that builds on what the person saw when the form was opened. When the parcel has moved on, whether we heard of
 * it live or by a refusal, `moved` holds what it is now, and nothing is sent on top before that is chosen.
 */
export const useGuarded = (
  parcel: Followed,
  write: (version: number, key: string) => Promise<Parcel>,
  onSaved: (saved: Parcel) => void,
) => {
  const [base, setBase] = useState(parcel);
  const [refused, setRefused] = useState<Parcel>();
  const key = useRef(newId());
  const mutation = useMutation({
    mutationFn: (version: number) => write(version, key.current),
    onSuccess: onSaved,
    onError: async (error) => {
      if (!(error instanceof ApiError)) return;
      if (error.code === 'IDEMPOTENCY_MISMATCH') key.current = newId();
      if (error.code === 'STALE') setRefused(await readParcel(parcel.awb).catch(() => parcel));
    },
  });
  const now: Parcel = refused && refused.version > parcel.version ? refused : parcel;
  const changed = now.status !== base.status || now.riderId !== base.riderId || now.eta !== base.eta;
  // A version that changed nothing these forms set (the rider came near) needs no question.
  const moved = changed || refused ? now : undefined;
  return {
    mutation,
    moved,
    base,
    submit: () => mutation.mutate(now.version),
    anyway: () => {
      key.current = newId();
      setBase({ ...parcel, ...now, timeline: now.timeline ?? parcel.timeline });
      setRefused(undefined);
      mutation.mutate(now.version);
    },
  };
};
