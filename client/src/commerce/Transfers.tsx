import { Button, Group, Modal, NativeSelect, NumberInput, SimpleGrid, Skeleton, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowRight, Plus, Truck } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Transfer, TransferStatus } from '../../../server/contract/commerce.ts';
import { announce } from '../app/announce.tsx';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone, notifyTrouble } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { ApiError } from '../app/problem.ts';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { ago, full } from '../app/time.ts';
import { useMinute } from '../app/useMinute.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { usePollingFallback } from '../hooks/usePollingFallback.ts';
import { useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import { readTransfers, setTransferStatus, startTransfer } from './calls.ts';
import { noteChange, useChanged } from './changes.ts';
import { Tabs } from './Tabs.tsx';
import classes from './Transfers.module.css';
import { useCreate } from './useCreate.ts';
import { useStock } from './useStock.ts';
import type { TransferNotice } from './wire.ts';

const TRANSFERS = ['commerce', 'transfers'] as const;
/** A burst of notices is one reading. */
const GATHER_MS = 150;

const LABEL: Record<TransferStatus, string> = {
  pending: 'Pending',
  in_transit: 'On its way',
  completed: 'Completed',
  cancelled: 'Cancelled',
};
const ACTION: Record<TransferStatus, string> = {
  pending: 'Reopen',
  in_transit: 'Send it off',
  completed: 'Complete',
  cancelled: 'Cancel',
};
const NEXT: Record<TransferStatus, TransferStatus[]> = {
  pending: ['in_transit', 'completed', 'cancelled'],
  in_transit: ['completed', 'cancelled'],
  completed: [],
  cancelled: [],
};

const useTransfers = () => {
  const client = useQueryClient();
  const { status } = useContinuity();
  const list = useQuery({
    queryKey: TRANSFERS,
    queryFn: ({ signal }) => readTransfers(signal),
    refetchOnMount: 'always',
  });
  const { refetch } = list;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = socketClient.on<TransferNotice>('transfer:status_update', (event) => {
      noteChange(event.transferId);
      announce(`Transfer ${event.fromShopId} to ${event.toShopId}: ${LABEL[event.status].toLowerCase()}`);
      clearTimeout(timer);
      timer = setTimeout(() => void client.invalidateQueries({ queryKey: TRANSFERS }), GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client]);
  const before = useRef(status);
  useEffect(() => {
    if (status === 'live' && before.current !== 'live') void refetch();
    before.current = status;
  }, [status, refetch]);
  usePollingFallback(() => void refetch());
  return list;
};

/** Stock on its way from one shop to another. */
export const Transfers = () => {
  const { data, error, isPending, isFetching, refetch } = useTransfers();
  const fresh = useFreshness(isFetching);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Transfers"
      aside={<ContinuityBadge of={fresh} label="These transfers" />}
      actions={
        <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
          New transfer
        </Button>
      }
    >
      <Tabs />
      {isPending && <Skeleton height={220} radius="md" />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Notice icon={<Truck size={32} aria-hidden />} title="No transfers yet">
          Move stock from one shop to another: both see it, and the levels change in one step when it is completed.
        </Notice>
      )}
      <ul className={classes.list} aria-label="Transfers">
        {data?.items.map((transfer) => (
          <Row key={transfer.id} transfer={transfer} />
        ))}
      </ul>
      {creating && <NewTransfer onClose={() => setCreating(false)} />}
    </Page>
  );
};

const Row = ({ transfer }: { transfer: Transfer }) => {
  const client = useQueryClient();
  const now = useMinute();
  const changed = useChanged(transfer.id);
  const change = useMutation({
    mutationFn: (to: TransferStatus) => setTransferStatus(transfer.id, to, transfer.version),
    onSuccess: (saved) => notifyDone(`Transfer of ${saved.quantity}: ${LABEL[saved.status].toLowerCase()}.`),
    onError: notifyTrouble,
    onSettled: () => client.invalidateQueries({ queryKey: TRANSFERS }),
  });
  return (
    <li className={classes.row} data-id={transfer.id} data-flash={changed !== undefined || undefined}>
      <div className={classes.what}>
        <b>
          {transfer.quantity} × {transfer.productName}
        </b>
        <span className={classes.way}>
          {transfer.fromShopId} <ArrowRight size={14} aria-label="to" /> {transfer.toShopId}
        </span>
      </div>
      <span className={classes.status} data-status={transfer.status}>
        {LABEL[transfer.status]}
      </span>
      <time className={classes.age} dateTime={transfer.updatedAt} title={full(transfer.updatedAt)}>
        {ago(transfer.updatedAt, now)}
      </time>
      <Group gap={6} className={classes.actions}>
        {NEXT[transfer.status].map((to) => (
          <Button
            key={to}
            size="compact-sm"
            variant={to === 'cancelled' ? 'default' : 'light'}
            className={to === 'cancelled' ? undefined : classes.go}
            loading={change.isPending && change.variables === to}
            disabled={change.isPending}
            onClick={() => change.mutate(to)}
          >
            {ACTION[to]}
          </Button>
        ))}
      </Group>
    </li>
  );
};

const NewTransfer = ({ onClose }: { onClose: () => void }) => {
  const client = useQueryClient();
  const user = useUser();
  const { items } = useStock();
  const shops = [...new Set([...items.map(({ shopId }) => shopId), ...(user?.shopIds ?? [])])];
  const [from, setFrom] = useState('');
  const source = from || shops[0] || '';
  const products = items.filter(({ shopId }) => shopId === source);
  const [product, setProduct] = useState('');
  const chosen = products.find(({ productId }) => productId === product) ?? products[0];
  const [to, setTo] = useState('');
  const [quantity, setQuantity] = useState<number | string>(1);
  const create = useCreate<object, Transfer>(startTransfer, (saved) => {
    notifyDone(`${saved.quantity} are to go from ${saved.fromShopId} to ${saved.toShopId}.`);
    void client.invalidateQueries({ queryKey: TRANSFERS });
    onClose();
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      productId: chosen?.productId,
      fromShopId: source,
      toShopId: to.trim(),
      quantity: Number(quantity),
    });
  };
  return (
    <Modal opened onClose={onClose} title="New transfer" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <NativeSelect
            label="From"
            value={source}
            error={fields.fromShopId}
            onChange={(event) => setFrom(event.currentTarget.value)}
            data={shops}
          />
          <NativeSelect
            label="Article"
            value={chosen?.productId ?? ''}
            error={fields.productId}
            onChange={(event) => setProduct(event.currentTarget.value)}
            data={products.map(({ productId, productName, quantity: has }) => ({
              value: productId,
              label: `${productName} (${has} there)`,
            }))}
          />
          <SimpleGrid cols={2} spacing="sm">
            <TextInput
              label="To"
              required
              maxLength={200}
              list="transfer-shops"
              value={to}
              error={fields.toShopId}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
            <NumberInput
              label="Quantity"
              required
              min={1}
              allowDecimal={false}
              value={quantity}
              error={fields.quantity}
              onChange={setQuantity}
            />
          </SimpleGrid>
          <datalist id="transfer-shops">
            {shops
              .filter((shop) => shop !== source)
              .map((shop) => (
                <option key={shop} value={shop} />
              ))}
          </datalist>
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!chosen}>
              Start transfer
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
