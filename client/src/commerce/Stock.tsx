import { Alert, Button, NativeSelect, Skeleton, Switch, TextInput } from '@mantine/core';
import { Boxes, PackageSearch, Plus, Search, TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { clock } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import classes from './Stock.module.css';
import { StockDialog } from './StockDialog.tsx';
import { StockRow } from './StockRow.tsx';
import { levelOf, stockKey } from './stock.ts';
import { Tabs } from './Tabs.tsx';
import { useStock } from './useStock.ts';
import type { StockAlert } from './wire.ts';

/** Lines of history are read for this many rows of a shop; a longer shop is searched. */
const MOST_ROWS = 60;

/** What every shop has, as it changes, and what runs low. */
export const Stock = () => {
  const user = useUser();
  const stock = useStock();
  const fresh = useFreshness(stock.isFetching);
  const [word, setWord] = useState('');
  const [shop, setShop] = useState('');
  const [lowOnly, setLowOnly] = useState(false);
  const [editing, setEditing] = useState<StockItem | 'new'>();
  const shops = useMemo(() => [...new Set(stock.items.map(({ shopId }) => shopId))], [stock.items]);
  const shown = useMemo(() => {
    const wanted = word.trim().toLowerCase();
    return stock.items.filter(
      (item) =>
        (!shop || item.shopId === shop) &&
        (!lowOnly || levelOf(item) !== 'ok') &&
        (!wanted || `${item.productName} ${item.productId}`.toLowerCase().includes(wanted)),
    );
  }, [stock.items, word, shop, lowOnly]);
  const groups = useMemo(() => byShop(shown), [shown]);
  const low = stock.items.filter((item) => levelOf(item) !== 'ok');
  return (
    <Page
      title="Stock"
      aside={<ContinuityBadge of={fresh} label="This stock" />}
      actions={
        user && (
          <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setEditing('new')}>
            New article
          </Button>
        )
      }
    >
      <Tabs />
      <RecentAlerts alerts={stock.alerts} />
      {stock.items.length > 0 && (
        <search className={classes.filters} aria-label="Stock">
          <TextInput
            className={classes.search}
            aria-label="Search stock"
            placeholder="Article"
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
          <Switch
            label={`Low only (${low.length})`}
            checked={lowOnly}
            onChange={(event) => setLowOnly(event.currentTarget.checked)}
          />
        </search>
      )}
      {stock.isPending && <Skeleton height={260} radius="md" />}
      {stock.isError && stock.items.length === 0 && <Trouble error={stock.error} retry={() => void stock.refetch()} />}
      {stock.isSuccess && stock.items.length === 0 && (
        <Notice icon={<Boxes size={32} aria-hidden />} title="No stock yet">
          Enter what a shop has; sales and deliveries of other services add to it by themselves.
        </Notice>
      )}
      {stock.items.length > 0 && shown.length === 0 && (
        <Notice
          icon={<PackageSearch size={32} aria-hidden />}
          title={lowOnly ? 'Nothing runs low' : 'No article matches'}
        >
          {lowOnly ? 'Every level here is above its threshold.' : 'Try another word, or another shop.'}
        </Notice>
      )}
      <div className={classes.shops}>
        {groups.map(([name, items]) => (
          <Shop
            key={name}
            name={user?.companyId === null ? name : (items[0]?.shopId ?? name)}
            items={items}
            stock={stock}
            onEdit={setEditing}
          />
        ))}
      </div>
      {editing && (
        <StockDialog
          item={
            editing === 'new'
              ? undefined
              : (stock.items.find((item) => stockKey(item) === stockKey(editing)) ?? editing)
          }
          onClose={() => setEditing(undefined)}
        />
      )}
    </Page>
  );
};

const byShop = (items: StockItem[]) => {
  const groups = new Map<string, StockItem[]>();
  for (const item of items) {
    const name = `${item.companyId} · ${item.shopId}`;
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups];
};

type ShopProps = {
  name: string;
  items: StockItem[];
  stock: ReturnType<typeof useStock>;
  onEdit: (item: StockItem) => void;
};

const Shop = ({ name, items, stock, onEdit }: ShopProps) => {
  const fresh = useFreshness(stock.isFetching);
  return (
    <Panel title={name} aside={<ContinuityBadge of={fresh} label={`Stock of ${name}`} compact />}>
      <table className={classes.table} aria-label={`Stock of ${name}`}>
        <thead>
          <tr>
            <th scope="col">Article</th>
            <th scope="col">Level</th>
            <th scope="col" className={classes.trend}>
              Course
            </th>
            <th scope="col">In stock</th>
            <th scope="col">
              <span className={classes.hidden}>Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, MOST_ROWS).map((item) => (
            <StockRow
              key={item.productId}
              item={item}
              heard={stock.heard[stockKey(item)]?.points}
              onEdit={() => onEdit(item)}
            />
          ))}
        </tbody>
      </table>
      {items.length > MOST_ROWS && (
        <p className={classes.more}>and {items.length - MOST_ROWS} more: search for what you look for</p>
      )}
    </Panel>
  );
};

/** The crossings of this visit: the newest in full. */
const RecentAlerts = ({ alerts }: { alerts: StockAlert[] }) => {
  const [seen, setSeen] = useState(0);
  const shown = alerts.slice(0, alerts.length - seen).slice(0, 3);
  if (shown.length === 0) return null;
  return (
    <Alert
      mb="md"
      color={shown.some(({ severity }) => severity === 'critical') ? 'red' : 'yellow'}
      variant="light"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={shown.length === 1 ? 'An article runs low' : 'Articles run low'}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={() => setSeen(alerts.length)}
      data-testid="stock-alerts"
    >
      {shown.map((alert) => (
        <div key={`${stockKey(alert)}${alert.timestamp}`}>
          {clock(alert.timestamp)} · {alert.message} ({alert.shopId})
        </div>
      ))}
    </Alert>
  );
};
