import { Button, Group, Modal, NumberInput, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { putStock, type StockBody } from './calls.ts';
import { useAdjust } from './useAdjust.ts';
import { takeStock } from './useStock.ts';

/** A new article in a shop, or a change to one: by a difference, or counted anew. */
export const StockDialog = ({ item, onClose }: { item: StockItem | undefined; onClose: () => void }) => {
  const [way, setWay] = useState<'adjust' | 'count'>('adjust');
  return (
    <Modal
      opened
      onClose={onClose}
      title={item ? `${item.productName} in ${item.shopId}` : 'New article'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        {item && (
          <SegmentedControl
            aria-label="How to change it"
            value={way}
            onChange={(value) => setWay(value as typeof way)}
            data={[
              { value: 'adjust', label: 'Add or take' },
              { value: 'count', label: 'Count and threshold' },
            ]}
          />
        )}
        {item && way === 'adjust' ? (
          <AdjustForm item={item} onClose={onClose} />
        ) : (
          <CountForm item={item} onClose={onClose} />
        )}
      </Stack>
    </Modal>
  );
};

const AdjustForm = ({ item, onClose }: { item: StockItem; onClose: () => void }) => {
  const [delta, setDelta] = useState<number | string>('');
  const adjust = useAdjust(item, {
    onSuccess: ({ productName, quantity }) => {
      notifyDone(`${productName}: ${quantity} in stock.`);
      onClose();
    },
  });
  const after = item.quantity + Number(delta || 0);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (Number(delta)) adjust.mutate(Number(delta));
      }}
    >
      <Stack gap="sm">
        <NumberInput
          label="Difference"
          description="A minus takes away"
          required
          allowDecimal={false}
          data-autofocus
          value={delta}
          onChange={setDelta}
        />
        <Text size="sm">
          {item.quantity} now, <b>{after}</b> after it{after < 0 && ': less than nothing is not possible'}.
        </Text>
        <FormTrouble error={adjust.error} />
        <Buttons onClose={onClose} busy={adjust.isPending} label="Change" />
      </Stack>
    </form>
  );
};

const CountForm = ({ item, onClose }: { item: StockItem | undefined; onClose: () => void }) => {
  const client = useQueryClient();
  const user = useUser();
  const [given, setGiven] = useState<{
    productId: string;
    productName: string;
    shopId: string;
    quantity: number | string;
    threshold: number | string;
    companyId: string;
  }>({
    productId: item?.productId ?? '',
    productName: item?.productName ?? '',
    shopId: item?.shopId ?? user?.shopIds[0] ?? '',
    quantity: item?.quantity ?? '',
    threshold: item?.threshold ?? 10,
    companyId: item?.companyId ?? '',
  });
  const [opened] = useState(item?.quantity);
  const set = (change: Partial<typeof given>) => setGiven((before) => ({ ...before, ...change }));
  const put = useMutation({
    mutationFn: () => {
      const body: StockBody = {
        shopId: given.shopId.trim(),
        quantity: Number(given.quantity),
        threshold: Number(given.threshold),
      };
      if (given.productName.trim()) body.productName = given.productName.trim();
      if (user?.companyId === null) body.companyId = given.companyId.trim();
      return putStock(given.productId.trim(), body);
    },
    onSuccess: (saved) => {
      takeStock(client, saved);
      notifyDone(`${saved.productName}: ${saved.quantity} in stock.`);
      onClose();
    },
  });
  const fields = put.error instanceof ApiError ? put.error.fields : {};
  const moved = item && opened !== item.quantity;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {!item && (
          <SimpleGrid cols={2} spacing="sm">
            <TextInput
              label="Product id"
              required
              maxLength={200}
              data-autofocus
              value={given.productId}
              error={fields.productId}
              onChange={(event) => set({ productId: event.currentTarget.value })}
            />
            <TextInput
              label="Shop"
              required
              maxLength={200}
              value={given.shopId}
              error={fields.shopId}
              onChange={(event) => set({ shopId: event.currentTarget.value })}
            />
          </SimpleGrid>
        )}
        {!item && user?.companyId === null && (
          <TextInput
            label="Company id"
            required
            maxLength={200}
            value={given.companyId}
            error={fields.companyId}
            onChange={(event) => set({ companyId: event.currentTarget.value })}
          />
        )}
        <TextInput
          label="Name"
          maxLength={200}
          value={given.productName}
          error={fields.productName}
          onChange={(event) => set({ productName: event.currentTarget.value })}
        />
        <SimpleGrid cols={2} spacing="sm">
          <NumberInput
            label="Counted"
            required
            min={0}
            allowDecimal={false}
            value={given.quantity}
            error={fields.quantity}
            onChange={(quantity) => set({ quantity })}
          />
          <NumberInput
            label="Low at"
            required
            min={0}
            allowDecimal={false}
            value={given.threshold}
            error={fields.threshold}
            onChange={(threshold) => set({ threshold })}
          />
        </SimpleGrid>
        {moved && (
          <Text size="sm" role="alert">
            The level went from {opened} to <b>{item.quantity}</b> while this was open. A count replaces it; to add to
            it, use “Add or take”.
          </Text>
        )}
        <FormTrouble error={put.error} />
        <Buttons onClose={onClose} busy={put.isPending} label={moved ? 'Replace it anyway' : 'Save'} />
      </Stack>
    </form>
  );
};

const Buttons = ({ onClose, busy, label }: { onClose: () => void; busy: boolean; label: string }) => (
  <Group justify="flex-end" gap="xs">
    <Button variant="default" onClick={onClose}>
      Back
    </Button>
    <Button type="submit" loading={busy}>
      {label}
    </Button>
  </Group>
);
