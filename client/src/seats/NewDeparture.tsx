import {
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { toMinor } from '../app/money.ts';
import { newId } from '../app/newId.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { createDeparture, DEPARTURES_KEY } from './calls.ts';
import { departurePath } from './places.ts';

type Seats = 'count' | 'names';

/** Numbers as they were typed or pasted, by commas or spaces. */
const split = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/** Sets one departure up by hand. */
export default function NewDeparture({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const user = useUser();
  const [, navigate] = useLocation();
  const [by, setBy] = useState<Seats>('count');
  const [count, setCount] = useState<number | string>(40);
  const [cost, setCost] = useState<number | string>('');
  const sent = useRef({ content: '', key: '' });

  const create = useMutation({
    mutationFn: (body: object) => {
      const content = JSON.stringify(body);
      if (sent.current.content !== content) sent.current = { content, key: newId() };
      return createDeparture(body, sent.current.key);
    },
    onSuccess: (departure) => {
      void client.invalidateQueries({ queryKey: DEPARTURES_KEY });
      notifyDone(`${departure.origin} to ${departure.destination} is on sale.`);
      onClose();
      navigate(departurePath(departure.id));
    },
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string) => String(form.get(name) ?? '').trim();
    const currency = read('currency').toUpperCase();
    create.mutate({
      origin: read('origin'),
      destination: read('destination'),
      departsAt: new Date(read('departsAt')).toISOString(),
      price: { amount: toMinor(Number(cost), currency), currency },
      ...(by === 'count' ? { seatCount: Number(count) } : { seatNumbers: split(read('seatNumbers')) }),
      ...(read('companyId') && { companyId: read('companyId') }),
    });
  };
  return (
    <Modal opened onClose={onClose} title="New departure" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <SimpleGrid cols={2} spacing="sm">
            <TextInput name="origin" label="From" required maxLength={200} data-autofocus error={fields.origin} />
            <TextInput name="destination" label="To" required maxLength={200} error={fields.destination} />
          </SimpleGrid>
          <TextInput
            name="departsAt"
            label="Departs"
            description="By this computer's clock and time zone"
            type="datetime-local"
            required
            error={fields.departsAt}
          />
          <SimpleGrid cols={2} spacing="sm">
            <NumberInput
              label="Price of a seat"
              required
              min={0}
              decimalScale={2}
              hideControls
              value={cost}
              onChange={setCost}
              error={fields.price ?? fields['price.amount']}
            />
            <TextInput
              name="currency"
              label="Currency"
              required
              defaultValue="EUR"
              pattern="[A-Za-z]{3}"
              maxLength={3}
              error={fields['price.currency']}
            />
          </SimpleGrid>
          <SegmentedControl
            aria-label="How the seats are numbered"
            value={by}
            onChange={(value) => setBy(value as Seats)}
            data={[
              { value: 'count', label: 'By count' },
              { value: 'names', label: 'By their numbers' },
            ]}
          />
          {by === 'count' ? (
            <NumberInput
              label="Seats"
              description="Numbered 1 to this"
              required
              min={1}
              max={300}
              allowDecimal={false}
              value={count}
              onChange={setCount}
              error={fields.seatCount}
            />
          ) : (
            <Textarea
              name="seatNumbers"
              label="Seat numbers"
              description="Such as 1A 1B 1C 1D 2A …"
              required
              autosize
              minRows={2}
              maxRows={6}
              error={fields.seatNumbers}
            />
          )}
          {user?.companyId === null && (
            <TextInput name="companyId" label="Company id" required maxLength={200} error={fields.companyId} />
          )}
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending} disabled={cost === ''}>
              Put on sale
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
