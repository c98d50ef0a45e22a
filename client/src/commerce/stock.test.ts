import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { hear, levelOf, mergeStock, pointsOf, stockKey } from './stock.ts';
import type { StockNotice } from './wire.ts';

const item = (given: Partial<StockItem> = {}): StockItem => ({
  companyId: 'acme',
  productId: 'p-1',
  productName: 'Oak table',
  shopId: 'north',
  quantity: 20,
  threshold: 5,
  level: 'ok',
  version: 1,
  updatedAt: '2026-11-21T10:00:00.000Z',
  ...given,
});
const notice = (quantity: number, second: number, shopId = 'north'): StockNotice => ({
  type: 'inventory:updated',
  timestamp: `2026-11-21T10:00:${String(second).padStart(2, '0')}.000Z`,
  productId: 'p-1',
  productName: 'Oak table',
  shopId,
  quantity,
  threshold: 5,
});

describe('stock as it is held', () => {
  it('takes what was heard after the list was asked for, and the list over what was heard before', () => {
    const heard = hear({}, notice(9, 1), 100);
    assert.equal(mergeStock({ askedAt: 50, items: [item()] }, heard)[0]?.quantity, 9);
    assert.equal(mergeStock({ askedAt: 150, items: [item()] }, heard)[0]?.quantity, 20);
  });

  it('takes the same change told to company and shop once, and no older one after it', () => {
    const once = hear({}, notice(9, 5), 100);
    assert.equal(hear(once, { ...notice(9, 5), type: 'inventory:shop_update' }, 101), once);
    assert.equal(hear(once, notice(12, 3), 102), once);
    assert.equal(once[stockKey(item())]?.points.length, 1);
  });

  it('gives a notice to no company where two have a shop and an article of these names', () => {
    const items = [item(), item({ companyId: 'globex', quantity: 7 })];
    const heard = hear({}, notice(1, 1), 100);
    assert.deepEqual(
      mergeStock({ askedAt: 50, items }, heard).map(({ quantity }) => quantity),
      [20, 7],
    );
  });

  it('draws what was read and then what was heard, each once', () => {
    const read = [
      { at: notice(0, 1).timestamp, quantity: 20 },
      { at: notice(0, 2).timestamp, quantity: 12 },
    ];
    const heard = [
      { at: notice(0, 2).timestamp, quantity: 12 },
      { at: notice(0, 3).timestamp, quantity: 9 },
    ];
    assert.deepEqual(
      pointsOf(read, heard).map(({ quantity }) => quantity),
      [20, 12, 9],
    );
  });

  it('calls it low at the threshold and out at zero', () => {
    assert.equal(levelOf({ quantity: 6, threshold: 5 }), 'ok');
    assert.equal(levelOf({ quantity: 5, threshold: 5 }), 'low');
    assert.equal(levelOf({ quantity: 0, threshold: 0 }), 'out');
  });
});
