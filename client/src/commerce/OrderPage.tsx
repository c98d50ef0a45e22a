import { Anchor, Button, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { Link } from 'wouter';
import type { Order, OrderHistoryEntry, OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { money } from '../app/money.ts';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { full, stamp } from '../app/time.ts';
import { useStream } from '../hooks/useStream.ts';
import { TraceLink } from '../operations/TraceLink.tsx';
import { useUser } from '../signin/session.ts';
import { worksOnOrders } from './access.ts';
import { OrderBadge, PaymentBadge } from './Badges.tsx';
import { readOrderHistory } from './calls.ts';
import classes from './OrderPage.module.css';
import { OrderSteps } from './OrderSteps.tsx';
import { nextOf, ORDER_STATUS, PAYMENT, paymentNext } from './orderStatus.ts';
import { orderStream } from './orderStream.ts';
import { takeOrder, timelineKey } from './orders.ts';
import { Refused } from './Refused.tsx';
import { useMove } from './useMove.ts';
import { useOrder } from './useOrders.ts';

/** One order: where it is, what is in it, what happened, and what may be done next. */
export const OrderPage = ({ id }: { id: string }) => {
  const { data: order, error, isPending, refetch } = useOrder(id);
  const fresh = useFollowed(id);
  if (isPending)
    return (
      <Page title="Order">
        <BackLink />
        <Skeleton height={220} radius="md" />
      </Page>
    );
  if (!order)
    return (
      <Page title="Order">
        <BackLink />
        <Trouble error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page title={order.orderNumber} aside={<OrderBadge status={order.status} large />}>
      <BackLink />
      <div className={classes.grid}>
        <div className={classes.wide}>
          <Progress order={order} fresh={fresh} />
          <Contents order={order} />
          <Timeline order={order} fresh={fresh} />
        </div>
        <div className={classes.narrow}>
          <Payment order={order} fresh={fresh} />
          <Facts order={order} />
        </div>
      </div>
    </Page>
  );
};

/** Follows the order's stream while its page is open, and says how fresh the page is. */
const useFollowed = (id: string): Continuity => {
  const client = useQueryClient();
  const args = useMemo(() => orderStream(id), [id]);
  const { state, status, staleSince } = useStream<Order>(args);
  const shown = useRef<number>(undefined);
  useEffect(() => {
    if (!state) return;
    takeOrder(client, state);
    // Its timeline was read apart from it and has one more line now.
    if (shown.current !== undefined && shown.current !== state.version)
      void client.invalidateQueries({ queryKey: timelineKey(id) });
    shown.current = state.version;
  }, [client, id, state]);
  return { status: status === 'catching_up' ? 'catching-up' : status, staleSince };
};

const BackLink = () => (
  <Anchor component={Link} href="/commerce/orders" size="sm" className={classes.back}>
    <ArrowLeft size={14} aria-hidden /> All orders
  </Anchor>
);

const Progress = ({ order, fresh }: { order: Order; fresh: Continuity }) => {
  const user = useUser();
  const moving = useMove();
  const next = user && worksOnOrders(user) ? nextOf(order.status) : [];
  return (
    <Panel title="Progress" aside={<ContinuityBadge of={fresh} label="This order" />}>
      <OrderSteps status={order.status} />
      {next.length > 0 && (
        <Group gap="xs" mt="md">
          {next.map((to, index) => (
            <Button
              key={to}
              size="xs"
              variant={index === 0 ? 'filled' : 'default'}
              loading={moving.busy?.field === 'status' && moving.busy.to === to}
              onClick={() => moving.move({ order, field: 'status', to })}
            >
              {ORDER_STATUS[to].action}
            </Button>
          ))}
        </Group>
      )}
      <Refused moving={moving} />
    </Panel>
  );
};

const PAYMENT_ACTION = { paid: 'Mark paid', failed: 'Mark failed', refunded: 'Refund' };

const Payment = ({ order, fresh }: { order: Order; fresh: Continuity }) => {
  const user = useUser();
  const moving = useMove();
  const next = user && worksOnOrders(user) ? paymentNext(order) : [];
  return (
    <Panel title="Payment" aside={<ContinuityBadge of={fresh} label="The payment" compact />}>
      <Group justify="space-between">
        <Text fw={650} fz={22}>
          {money(order.total)}
        </Text>
        <PaymentBadge status={order.paymentStatus} />
      </Group>
      {next.length > 0 && (
        <Group gap="xs" mt="sm">
          {next.map((to) => (
            <Button
              key={to}
              size="xs"
              variant={to === 'paid' ? 'filled' : 'default'}
              loading={moving.busy?.field === 'payment' && moving.busy.to === to}
              onClick={() => moving.move({ order, field: 'payment', to })}
            >
              {PAYMENT_ACTION[to]}
            </Button>
          ))}
        </Group>
      )}
      <Refused moving={moving} />
    </Panel>
  );
};

const Contents = ({ order }: { order: Order }) => (
  <Panel title="Articles">
    {order.items.length === 0 ? (
      <Text size="sm" c="dimmed">
        The service that reported this order did not say what is in it.
      </Text>
    ) : (
      <Table.ScrollContainer minWidth={320}>
        <Table verticalSpacing={6} horizontalSpacing={8} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Article</Table.Th>
              <Table.Th ta="right">Quantity</Table.Th>
              <Table.Th ta="right">Each</Table.Th>
              <Table.Th ta="right">Sum</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className={classes.numbers}>
            {order.items.map(({ productId, name, quantity, price }, index) => (
              <Table.Tr key={index}>
                <Table.Td>
                  {name}
                  <Text span c="dimmed" size="xs" ml={6}>
                    {productId}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{quantity}</Table.Td>
                <Table.Td ta="right">{money(price)}</Table.Td>
                <Table.Td ta="right">{money({ ...price, amount: price.amount * quantity })}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    )}
  </Panel>
);

const Facts = ({ order }: { order: Order }) => (
  <Panel title="Facts">
    <dl className={classes.facts}>
      <dt>Customer</dt>
      <dd>{order.customerId}</dd>
      <dt>Shop</dt>
      <dd>{order.shopId}</dd>
      <dt>Company</dt>
      <dd>{order.companyId}</dd>
      <dt>Placed</dt>
      <dd title={full(order.createdAt)}>{stamp(order.createdAt)}</dd>
      <dt>Last change</dt>
      <dd title={full(order.updatedAt)}>{stamp(order.updatedAt)}</dd>
    </dl>
    <TraceLink stream={`order:${order.id}`} />
  </Panel>
);

const tell = ({ kind, to }: OrderHistoryEntry): string => {
  if (kind === 'created') return 'placed the order';
  if (kind === 'payment') return `payment: ${(PAYMENT[to as PaymentStatus] ?? to).toLowerCase()}`;
  return `set it to ${(ORDER_STATUS[to as OrderStatus]?.label ?? to).toLowerCase()}`;
};

const Timeline = ({ order, fresh }: { order: Order; fresh: Continuity }) => {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: timelineKey(order.id),
    queryFn: ({ signal }) => readOrderHistory(order.id, signal),
    refetchOnMount: 'always',
  });
  return (
    <Panel title="Timeline" aside={<ContinuityBadge of={fresh} label="This timeline" />}>
      {isPending && <Skeleton height={80} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      <Stack component="ol" gap={10} className={classes.timeline} data-testid="order-timeline">
        {data?.items.map((entry) => (
          <li key={entry.id}>
            <Text size="sm">
              <b>{entry.by}</b> {tell(entry)}
            </Text>
            <Text size="xs" c="dimmed" component="time" dateTime={entry.at} title={full(entry.at)}>
              {stamp(entry.at)}
            </Text>
          </li>
        ))}
      </Stack>
    </Panel>
  );
};
