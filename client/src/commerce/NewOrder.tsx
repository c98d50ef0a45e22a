import { ActionIcon, Button, Fieldset, Group, Modal, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import type { Order } from '../../../server/contract/commerce.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { toMinor } from '../app/money.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { worksOnOrders } from './access.ts';
import { placeOrder } from './calls.ts';
import classes from './NewOrder.module.css';
import { takeOrder } from './orders.ts';
import { useCreate } from './useCreate.ts';

type Line = { key: number; productId: string; name: string; quantity: number | string; price: number | string };
const EMPTY = { productId: '', name: '', quantity: 1, price: '' };
const MOST_LINES = 50;

export const NewOrder = ({ onClose }: { onClose: () => void }) => {
  const client = useQueryClient();
  const user = useUser();
  const [, navigate] = useLocation();
  const works = !!user && worksOnOrders(user);
  const [given, setGiven] = useState({
    customerId: '',
    shopId: user?.shopIds[0] ?? '',
    companyId: '',
    currency: 'EUR',
  });
  const [lines, setLines] = useState<Line[]>([{ key: 0, ...EMPTY }]);
  const create = useCreate<object, Order>(placeOrder, (order) => {
    takeOrder(client, order);
    notifyDone(`${order.orderNumber} is placed.`);
    onClose();
    if (!works) navigate(`/commerce/orders/${encodeURIComponent(order.id)}`);
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const set = (name: keyof typeof given) => (event: React.ChangeEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    setGiven((before) => ({ ...before, [name]: value }));
  };
  const setLine = (key: number, change: Partial<Line>) =>
    setLines((before) => before.map((line) => (line.key === key ? { ...line, ...change } : line)));
  const currency = given.currency.trim().toUpperCase();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      customerId: works ? given.customerId.trim() : user?.id,
      shopId: given.shopId.trim(),
      ...(given.companyId.trim() && { companyId: given.companyId.trim() }),
      items: lines.map(({ productId, name, quantity, price }) => ({
        productId: productId.trim(),
        name: name.trim() || productId.trim(),
        quantity: Number(quantity),
        price: { amount: toMinor(Number(price), currency), currency },
      })),
    });
  };

  return (
    <Modal opened onClose={onClose} size="lg" title="New order" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            {works && (
              <TextInput
                label="Customer id"
                required
                maxLength={200}
                data-autofocus
                value={given.customerId}
                onChange={set('customerId')}
                error={fields.customerId}
              />
            )}
            <TextInput
              label="Shop"
              required
              maxLength={200}
              value={given.shopId}
              onChange={set('shopId')}
              error={fields.shopId}
            />
            {user?.companyId === null && (
              <TextInput
                label="Company id"
                required
                maxLength={200}
                value={given.companyId}
                onChange={set('companyId')}
                error={fields.companyId}
              />
            )}
            <TextInput
              label="Currency"
              required
              minLength={3}
              maxLength={3}
              value={given.currency}
              onChange={set('currency')}
            />
          </SimpleGrid>
          {lines.map((line, index) => (
            <Fieldset key={line.key} legend={`Article ${index + 1}`} className={classes.line}>
              <div className={classes.grid}>
                <TextInput
                  label="Product id"
                  required
                  maxLength={200}
                  value={line.productId}
                  error={fields[`items.${index}.productId`]}
                  onChange={(event) => setLine(line.key, { productId: event.currentTarget.value })}
                />
                <TextInput
                  label="Name"
                  maxLength={200}
                  value={line.name}
                  error={fields[`items.${index}.name`]}
                  onChange={(event) => setLine(line.key, { name: event.currentTarget.value })}
                />
                <NumberInput
                  label="Quantity"
                  required
                  min={1}
                  max={1_000_000}
                  allowDecimal={false}
                  value={line.quantity}
                  error={fields[`items.${index}.quantity`]}
                  onChange={(quantity) => setLine(line.key, { quantity })}
                />
                <NumberInput
                  label="Price each"
                  required
                  min={0}
                  decimalScale={2}
                  value={line.price}
                  error={fields[`items.${index}.price`]}
                  onChange={(price) => setLine(line.key, { price })}
                />
                {lines.length > 1 && (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={36}
                    aria-label={`Remove article ${index + 1}`}
                    onClick={() => setLines((before) => before.filter(({ key }) => key !== line.key))}
                  >
                    <Trash2 size={16} aria-hidden />
                  </ActionIcon>
                )}
              </div>
            </Fieldset>
          ))}
          <Button
            variant="subtle"
            size="compact-sm"
            disabled={lines.length >= MOST_LINES}
            leftSection={<Plus size={15} aria-hidden />}
            onClick={() =>
              setLines((before) => [...before, { key: Math.max(...before.map(({ key }) => key)) + 1, ...EMPTY }])
            }
          >
            Another article
          </Button>
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending}>
              Place order
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
