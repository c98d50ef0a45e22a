import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Order, StockItem } from '../../../server/contract/commerce.ts';
import type { ServerEvent } from '../../../server/contract/common.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { money, totals } from '../app/money.ts';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { socketClient } from '../utils/socketClient.ts';
import { readServerStatus } from './calls.ts';
import classes from './Operations.module.css';
import { isOver } from './orderStatus.ts';
import { Sparkline } from './Sparkline.tsx';
import { levelOf } from './stock.ts';
import { Tabs } from './Tabs.tsx';
import { useOrders } from './useOrders.ts';
import { useStock } from './useStock.ts';

const ASK_MS = 5000;
const KEPT_EVENTS = 40;

/** Every company at once: how the server does, what is open where, and what happens this moment. */
export const Operations = () => {
  const orders = useOrders();
  const stock = useStock();
  const fresh = useFreshness(orders.isFetching || stock.isFetching);
  return (
    <Page title="Operations" aside={<ContinuityBadge of={fresh} label="This page" />}>
      <Tabs />
      <div className={classes.page}>
        <Server />
        <div className={classes.grid}>
          <Companies orders={orders.orders} items={stock.items} pending={orders.isPending} />
          <Happening />
        </div>
      </div>
    </Page>
  );
};

const duration = (seconds: number) => {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};

const Server = () => {
  const [course, setCourse] = useState<{ at: string; quantity: number }[]>([]);
  const { data, error, dataUpdatedAt, isPending, refetch, isError } = useQuery({
    queryKey: ['commerce', 'server'],
    queryFn: ({ signal }) => readServerStatus(signal),
    refetchInterval: ASK_MS,
    refetchOnMount: 'always',
  });
  useEffect(() => {
    if (!data) return;
    const point = { at: new Date(dataUpdatedAt).toISOString(), quantity: data.eventsPerMinute };
    setCourse((before) => (before.at(-1)?.at === point.at ? before : [...before, point].slice(-60)));
  }, [data, dataUpdatedAt]);
  const fresh = useFreshness();
  const shown = fresh.status === 'live' && !isError ? { status: 'as-of' as const, staleSince: dataUpdatedAt } : fresh;
  const transports = Object.entries(data?.byTransport ?? {})
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  return (
    <Panel title="Server" aside={data && <ContinuityBadge of={shown} label="The server's figures" />}>
      {isPending && <Skeleton height={70} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data && (
        <dl className={classes.figures}>
          <Figure
            name="Connections"
            value={data.connections.toLocaleString('en')}
            note={`of ${data.max.toLocaleString('en')}${transports && `, ${transports}`}`}
          />
          <Figure
            name="Subscriptions"
            value={data.subscriptions.toLocaleString('en')}
            note={`${data.rooms.toLocaleString('en')} rooms`}
          />
          <Figure name="Events a minute" value={data.eventsPerMinute.toLocaleString('en')}>
            <Sparkline points={course} threshold={0} name="Events a minute" />
          </Figure>
          <Figure name="A connection lasts" value={duration(data.averageConnectionSeconds)} note="on average" />
        </dl>
      )}
    </Panel>
  );
};

const Figure = ({
  name,
  value,
  note,
  children,
}: {
  name: string;
  value: string;
  note?: string;
  children?: React.ReactNode;
}) => (
  <div className={classes.figure}>
    <dt>{name}</dt>
    <dd>
      <span className={classes.value}>{value}</span>
      {note && <span className={classes.note}>{note}</span>}
      {children}
    </dd>
  </div>
);

const Companies = ({ orders, items, pending }: { orders: Order[]; items: StockItem[]; pending: boolean }) => {
  const rows = useMemo(() => {
    const names = new Set([...orders, ...items].map(({ companyId }) => companyId).filter(Boolean));
    return [...names].sort().map((companyId) => {
      const own = orders.filter((order) => order.companyId === companyId);
      const open = own.filter((order) => !isOver(order));
      const stock = items.filter((item) => item.companyId === companyId);
      return {
        companyId,
        open: open.length,
        waiting: own.filter(({ status }) => status === 'pending').length,
        worth: totals(open.map(({ total }) => total))
          .map(money)
          .join(' + '),
        low: stock.filter((item) => levelOf(item) === 'low').length,
        out: stock.filter((item) => levelOf(item) === 'out').length,
      };
    });
  }, [orders, items]);
  const fresh = useFreshness();
  return (
    <Panel title="Companies" aside={<ContinuityBadge of={fresh} label="The companies" compact />}>
      {pending ? (
        <Skeleton height={120} />
      ) : (
        <Table.ScrollContainer minWidth={380}>
          <Table fz="sm" verticalSpacing={6} className={classes.numbers} aria-label="Companies">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Company</Table.Th>
                <Table.Th ta="right">Open</Table.Th>
                <Table.Th ta="right">Pending</Table.Th>
                <Table.Th ta="right">Worth</Table.Th>
                <Table.Th ta="right">Low</Table.Th>
                <Table.Th ta="right">Out</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ companyId, open, waiting, worth, low, out }) => (
                <Table.Tr key={companyId}>
                  <Table.Td>{companyId}</Table.Td>
                  <Table.Td ta="right">{open}</Table.Td>
                  <Table.Td ta="right">{waiting}</Table.Td>
                  <Table.Td ta="right">{worth || '–'}</Table.Td>
                  <Table.Td ta="right" data-bad={low > 0 || undefined}>
                    {low}
                  </Table.Td>
                  <Table.Td ta="right" data-bad={out > 0 || undefined}>
                    {out}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
};

type Happened = { key: number; at: string; type: string; text: string };

const SHOWN = /^(order|payment|inventory|transfer|shipment|announcement|warehouse):/;
/** What is said to one room and again to another is one thing that happened. */
const TWIN = /^(order:shop_order|inventory:shop_update|inventory:low_stock_alert)$/;

const tell = (event: ServerEvent): string => {
  const parts = ['orderNumber', 'poNumber', 'productName', 'shopId', 'status', 'paymentStatus', 'quantity', 'subject']
    .map((name) => event[name])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  return parts.join(' · ');
};

let counted = 0;

/** The stream of what happens, the newest above; held still while somebody points at it. */
const Happening = () => {
  const [events, setEvents] = useState<Happened[]>([]);
  const [still, setStill] = useState<Happened[]>();
  useEffect(
    () =>
      socketClient.onAny((event) => {
        if (!SHOWN.test(event.type) || TWIN.test(event.type)) return;
        counted += 1;
        const happened = { key: counted, at: event.timestamp, type: event.type, text: tell(event) };
        setEvents((before) => [happened, ...before].slice(0, KEPT_EVENTS));
      }),
    [],
  );
  const fresh = useFreshness();
  return (
    <Panel title="Happening now" aside={<ContinuityBadge of={fresh} label="What happens" compact />}>
      {events.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing since you opened this page.
        </Text>
      )}
      <ol
        className={classes.happening}
        aria-label="What happens"
        onPointerEnter={() => setStill(events)}
        onPointerLeave={() => setStill(undefined)}
      >
        {(still ?? events).map(({ key, at, type, text }) => (
          <li key={key} className={classes.event}>
            <time dateTime={at}>{new Date(at).toLocaleTimeString(undefined, { hourCycle: 'h23' })}</time>
            <span>
              <b>{type}</b> {text}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
};
