import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { PackageSearch, Plus, Search, ShoppingBag } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Order } from '../../../server/contract/commerce.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { worksOnOrders } from './access.ts';
import { Board } from './Board.tsx';
import { NewOrder } from './NewOrder.tsx';
import { OrderCard } from './OrderCard.tsx';
import classes from './Orders.module.css';
import { Tabs } from './Tabs.tsx';
import { useOrders } from './useOrders.ts';

const matches = (order: Order, word: string) =>
  [order.orderNumber, order.customerId, order.shopId, ...order.items.map(({ name }) => name)].some((text) =>
    text.toLowerCase().includes(word),
  );

/** Every order in its lane; for a customer, the own ones as a list. */
export const Orders = () => {
  const user = useUser();
  const list = useOrders();
  const fresh = useFreshness(list.isFetching);
  const [creating, setCreating] = useState(false);
  const [word, setWord] = useState('');
  const [shop, setShop] = useState('');
  const works = !!user && worksOnOrders(user);
  const shops = useMemo(() => [...new Set(list.orders.map(({ shopId }) => shopId))].sort(), [list.orders]);
  const shown = useMemo(() => {
    const wanted = word.trim().toLowerCase();
    return list.orders.filter((order) => (!shop || order.shopId === shop) && (!wanted || matches(order, wanted)));
  }, [list.orders, word, shop]);
  const filtered = shop !== '' || word.trim() !== '';
  return (
    <Page
      title={works ? 'Orders' : 'My orders'}
      fixed={works}
      aside={<ContinuityBadge of={fresh} label="These orders" />}
      actions={
        <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
          New order
        </Button>
      }
    >
      <Tabs />
      {list.orders.length > 0 && (
        <search className={classes.filters} aria-label="Orders">
          <TextInput
            className={classes.search}
            aria-label="Search orders"
            placeholder="Number, customer, article"
            leftSection={<Search size={15} aria-hidden />}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
          />
          {shops.length > 1 && (
            <NativeSelect
              aria-label="Shop"
              value={shop}
              onChange={(event) => setShop(event.currentTarget.value)}
              data={[{ value: '', label: 'All shops' }, ...shops]}
            />
          )}
        </search>
      )}
      {list.isPending && <Skeleton height={320} radius="md" />}
      {list.isError && list.orders.length === 0 && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.orders.length === 0 && (
        <Notice icon={<ShoppingBag size={32} aria-hidden />} title="No orders yet">
          {works ? 'The first one appears here the moment it is placed.' : 'Place one and follow it here.'}
        </Notice>
      )}
      {list.orders.length > 0 && shown.length === 0 && filtered && (
        <Notice icon={<PackageSearch size={32} aria-hidden />} title="No order matches">
          Try another word, or another shop.
          <br />
          <Button
            mt="md"
            variant="default"
            onClick={() => {
              setWord('');
              setShop('');
            }}
          >
            Clear filters
          </Button>
        </Notice>
      )}
      {shown.length > 0 && (works ? <Board orders={shown} /> : <OwnOrders orders={shown} />)}
      {list.hasNextPage && (
        <Button
          className={classes.older}
          variant="subtle"
          size="compact-sm"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Read older orders
        </Button>
      )}
      {creating && <NewOrder onClose={() => setCreating(false)} />}
    </Page>
  );
};

const OwnOrders = ({ orders }: { orders: Order[] }) => (
  <ul className={classes.own} aria-label="My orders">
    {orders.map((order) => (
      <li key={order.id}>
        <OrderCard order={order} withStatus />
      </li>
    ))}
  </ul>
);
