import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import { remember, replayAfterReads } from './arrivals.ts';
import { aShipment } from './aShipment.ts';
import { listKey, type Pages, shipmentKey } from './cache.ts';
import { NO_FILTERS } from './filters.ts';

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
const shipment = (version: number) => aShipment('a', { version });
const key = listKey(NO_FILTERS);
const pages = (): Pages => ({ pages: [{ items: [shipment(1)], nextCursor: null }], pageParams: [null] });

describe('events that overtake an answer', () => {
  it('are put into a list once it is read, and not again with every event after', async () => {
    const client = new QueryClient();
    const stop = replayAfterReads(client);
    const versionHeld = () => client.getQueryData<Pages>(key)?.pages[0]?.items[0]?.version;
    remember(client, { shipment: shipment(2) });
    await client.fetchQuery({ queryKey: key, queryFn: pages });
    await settled();
    assert.equal(versionHeld(), 2);
    client.setQueryData(key, pages());
    await settled();
    assert.equal(versionHeld(), 1, 'what an event writes is not a read');
    stop();
    client.clear();
  });

  it('are put into a shipment once it is read', async () => {
    const client = new QueryClient();
    const stop = replayAfterReads(client);
    remember(client, { shipment: shipment(2) });
    await client.fetchQuery({ queryKey: shipmentKey('a'), queryFn: () => shipment(1) });
    await settled();
    assert.equal(client.getQueryData<{ version: number }>(shipmentKey('a'))?.version, 2);
    stop();
    client.clear();
  });

  it('are not put into the lists of whoever signs in next', async () => {
    const [before, after] = [new QueryClient(), new QueryClient()];
    remember(before, { shipment: aShipment('theirs') });
    const stop = replayAfterReads(after);
    await after.fetchQuery({ queryKey: key, queryFn: pages });
    await settled();
    assert.deepEqual(
      after.getQueryData<Pages>(key)?.pages[0]?.items.map(({ id }) => id),
      ['a'],
    );
    stop();
    after.clear();
  });

  it('leave each row of a list in it once, when the next page brings one that was added meanwhile', async () => {
    const client = new QueryClient();
    const stop = replayAfterReads(client);
    const rows = (...ids: string[]) => ids.map((id) => aShipment(id));
    const read = (): Pages => ({
      pages: [
        { items: rows('e', 'd', 'c'), nextCursor: 'after d' },
        { items: rows('c', 'b', 'a'), nextCursor: null },
      ],
      pageParams: [null, 'after d'],
    });
    await client.fetchQuery({ queryKey: key, queryFn: read });
    await settled();
    const held = client.getQueryData<Pages>(key)!;
    assert.deepEqual(
      held.pages.map(({ items }) => items.map(({ id }) => id)),
      [
        ['e', 'd', 'c'],
        ['b', 'a'],
      ],
    );
    assert.equal(held.pages[0]?.nextCursor, 'after d');
    stop();
    client.clear();
  });
});
