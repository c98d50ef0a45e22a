import { Autocomplete, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { notifyDone } from '../app/notify.tsx';
import { assignRider, setEta, setStatus } from './calls.ts';
import { GuardedForm } from './GuardedForm.tsx';
import { useTakeParcel } from './live.ts';
import type { Followed } from './parcel.ts';
import { isFinal, STATUS, STATUSES } from './status.ts';
import { useGuarded } from './useGuarded.ts';
import { useRiders } from './useRiders.ts';
import type { ParcelStatus } from './wire.ts';

type Props = { parcel: Followed; onClose: () => void };

export const StatusDialog = ({ parcel, onClose }: Props) => {
  const take = useTakeParcel();
  const choices = STATUSES.filter((status) => status !== parcel.status);
  const [status, setChosen] = useState<ParcelStatus>(choices[0]!);
  const [description, setDescription] = useState('');
  const body = { status, ...(description.trim() && { description: description.trim() }) };
  const guarded = useGuarded(
    parcel,
    (version, key) => setStatus(parcel.awb, body, version, key),
    (saved) => {
      take(saved);
      notifyDone(`${saved.awb} is now ${STATUS[saved.status].label.toLowerCase()}.`);
      onClose();
    },
  );
  return (
    <GuardedForm title={`Status of ${parcel.awb}`} action="Set status" guarded={guarded} onClose={onClose}>
      <Text size="sm">
        It is <b>{STATUS[parcel.status].label.toLowerCase()}</b> now.
        {isFinal(status) && ` After ${STATUS[status].label.toLowerCase()} nothing follows.`}
      </Text>
      <NativeSelect
        label="New status"
        data-autofocus
        value={status}
        onChange={(event) => setChosen(event.currentTarget.value as ParcelStatus)}
        data={choices.map((value) => ({ value, label: STATUS[value].label }))}
      />
      <Textarea
        label="Note"
        description="Optional. Everybody who follows the parcel reads it."
        maxLength={500}
        autosize
        minRows={2}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </GuardedForm>
  );
};

export const RiderDialog = ({ parcel, onClose }: Props) => {
  const take = useTakeParcel();
  const riders = useRiders();
  const [name, setName] = useState('');
  const entered = name.trim();
  // One who never signed in is in no list yet, and can be named by id.
  const riderId = riders.find(({ username }) => username === entered)?.id ?? entered;
  const guarded = useGuarded(
    parcel,
    (version) => assignRider(parcel.awb, riderId, version),
    (saved) => {
      take(saved);
      notifyDone(`${saved.awb} is given to ${name}.`);
      onClose();
    },
  );
  return (
    <GuardedForm
      title={`Rider of ${parcel.awb}`}
      action="Assign rider"
      guarded={guarded}
      ready={riderId !== ''}
      onClose={onClose}
    >
      <Autocomplete
        label="Rider"
        description="The rider’s name, or user id"
        data-autofocus
        data={riders.map(({ username }) => username).filter((known) => known !== entered)}
        value={name}
        onChange={setName}
        required
      />
    </GuardedForm>
  );
};

/** The browser's own date field speaks local time without a zone. */
const toLocal = (eta: string | null) => {
  const date = eta ? new Date(eta) : new Date(Date.now() + 3_600_000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

export const EtaDialog = ({ parcel, onClose }: Props) => {
  const take = useTakeParcel();
  const [at, setAt] = useState(() => toLocal(parcel.eta));
  const guarded = useGuarded(
    parcel,
    (version) => setEta(parcel.awb, new Date(at).toISOString(), version),
    (saved) => {
      take(saved);
      notifyDone(`The arrival of ${saved.awb} is set.`);
      onClose();
    },
  );
  return (
    <GuardedForm
      title={`Arrival of ${parcel.awb}`}
      action="Set arrival"
      guarded={guarded}
      ready={at !== ''}
      onClose={onClose}
    >
      <TextInput
        type="datetime-local"
        label="Expected arrival"
        description="In your own time zone"
        data-autofocus
        required
        value={at}
        onChange={(event) => setAt(event.currentTarget.value)}
      />
    </GuardedForm>
  );
};
