import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import { remember, replayAfterReads } from './arrivals.ts';
import { aShipment } from './aShipment.ts';
import { listKey, type Pages } from './cache.ts';
import { NO_FILTERS } from './filters.ts';

const shipment = (version: number) => aShipment('a', { version });
const key = listKey(NO_FILTERS);
const pages = (): Pages => ({ pages: [{ items: [shipment(1)], nextCursor: null }], pageParams: [null] });

describe('events that overtake the answer to a list', () => {
  it('are put into it once it is read, and not again with every event after', async () => {
    const client = new QueryClient();
    const stop = replayAfterReads(client);
    const versionHeld = () => client.getQueryData<Pages>(key)?.pages[0]?.items[0]?.version;
    remember({ shipment: shipment(2) });
    await client.fetchQuery({ queryKey: key, queryFn: pages });
    const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
    await settled();
    assert.equal(versionHeld(), 2);
    client.setQueryData(key, pages());
    await settled();
    assert.equal(versionHeld(), 1, 'what an event writes is not a read');
    stop();
    client.clear();
  });
});
