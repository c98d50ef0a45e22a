import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { aShipment } from './aShipment.ts';
import { advance, applyShipments, listKey, type Pages, patchPages, shipmentKey } from './cache.ts';
import { NO_FILTERS } from './filters.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 6, minute)).toISOString();

const pages = (...lists: Shipment[][]): Pages => ({
  pages: lists.map((items, index) => ({ items, nextCursor: index === lists.length - 1 ? null : `after ${index}` })),
  pageParams: lists.map((_, index) => (index === 0 ? null : `after ${index - 1}`)),
});
const ids = (data: Pages) => data.pages.map(({ items }) => items.map(({ id }) => id));
const newer = (...shipments: Shipment[]) => new Map(shipments.map((one) => [one.id, one]));

describe('lists that were read', () => {
  it('take a newer state in its place, and leave an older one out', () => {
    const data = pages([aShipment('b', { version: 3 }), aShipment('a', { version: 3 })]);
    const patched = patchPages(
      data,
      NO_FILTERS,
      newer(aShipment('a', { version: 4, status: 'arrived' }), aShipment('b')),
    );
    assert.equal(patched.pages[0]?.items[1]?.status, 'arrived');
    assert.equal(patched.pages[0]?.items[0]?.version, 3);
  });

  it('are the same object when nothing is newer, so that nothing is drawn again', () => {
    const data = pages([aShipment('a')]);
    assert.equal(patchPages(data, NO_FILTERS, newer(aShipment('a'))), data);
  });

  it('take a new row at its place by time, once', () => {
    const data = pages([aShipment('d', { createdAt: at(9) }), aShipment('b', { createdAt: at(5) })]);
    const added = aShipment('c', { createdAt: at(7) });
    const once = patchPages(data, NO_FILTERS, newer(added));
    assert.deepEqual(ids(once), [['d', 'c', 'b']]);
    assert.equal(patchPages(once, NO_FILTERS, newer(added)), once);
  });

  it('find every row again after others were replaced in its page and added before it', () => {
    const row = (id: string, version: number, minute: number) => aShipment(id, { version, createdAt: at(minute) });
    let data = pages([row('e', 1, 9), row('d', 1, 8)], [row('b', 1, 5), row('a', 1, 1)]);
    data = patchPages(data, NO_FILTERS, newer(row('d', 2, 8), row('b', 2, 5)));
    data = patchPages(data, NO_FILTERS, newer(row('f', 1, 10), row('c', 1, 6)));
    data = patchPages(data, NO_FILTERS, newer(row('a', 2, 1), row('c', 2, 6), row('d', 3, 8), row('f', 2, 10)));
    assert.deepEqual(
      data.pages.map(({ items }) => items.map(({ id, version }) => `${id}${version}`)),
      [
        ['f2', 'e1', 'd3'],
        ['c2', 'b2', 'a2'],
      ],
    );
  });

  it('take no row that the filters exclude or that belongs to a page not read yet', () => {
    const data = pages([aShipment('d', { createdAt: at(9), status: 'stored' })]);
    const filters = { ...NO_FILTERS, status: ['stored' as const] };
    assert.equal(patchPages(data, filters, newer(aShipment('e', { createdAt: at(10) }))), data);
    const more: Pages = { ...data, pages: [{ items: data.pages[0]!.items, nextCursor: 'more' }] };
    assert.equal(patchPages(more, filters, newer(aShipment('a', { createdAt: at(1), status: 'stored' }))), more);
  });
});

describe('what arrives', () => {
  const updated = (version: number, fields: Partial<Shipment>): ShipmentEvent => {
    const { version: _, ...content } = aShipment('a', fields);
    return {
      type: 'shipment:updated',
      timestamp: at(1),
      version,
      shipmentId: 'a',
      status: content.status,
      statusChangedAt: content.statusChangedAt,
      changedBy: 'ben',
      shipment: content,
    };
  };

  it('advances a shipment by a newer event only', () => {
    const held = aShipment('a', { version: 4 });
    assert.equal(advance(held, updated(4, { status: 'arrived' })), undefined);
    assert.equal(advance(held, updated(5, { status: 'arrived' }))?.status, 'arrived');
  });

  it('needs the shipment for an event that tells only a part of it', () => {
    const inspection = { status: 'passed' as const, notes: null, inspectedBy: 'ben', updatedAt: at(2) };
    const event: ShipmentEvent = {
      type: 'inspection:updated',
      timestamp: at(2),
      version: 2,
      shipmentId: 'a',
      inspection,
    };
    assert.equal(advance(undefined, event), undefined);
    assert.equal(advance(aShipment('a'), event)?.inspectionStatus, 'passed');
  });

  it('reaches every list and the open page, and tells each change once', () => {
    const client = new QueryClient();
    client.setQueryData(listKey(NO_FILTERS), pages([aShipment('a')]));
    client.setQueryData(listKey({ ...NO_FILTERS, q: 'PO' }), pages([aShipment('a')]));
    client.setQueryData(shipmentKey('a'), aShipment('a'));
    const arrival = { shipment: aShipment('a', { version: 2, status: 'in_transit' }), by: 'ben' };
    assert.deepEqual(
      applyShipments(client, [arrival]).map(({ what, by }) => [what, by]),
      [['Planned → In transit', 'ben']],
    );
    assert.deepEqual(applyShipments(client, [arrival]), []);
    assert.equal(client.getQueryData<Shipment>(shipmentKey('a'))?.version, 2);
    for (const [, data] of client.getQueriesData<Pages>({ queryKey: ['shipments', 'list'] }))
      assert.equal(data?.pages[0]?.items[0]?.status, 'in_transit');
  });
});
