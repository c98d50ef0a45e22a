import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order } from '../../../server/contract/commerce.ts';
import { advance } from './orderStream.ts';
import { merge } from './orders.ts';

const order = (id: string, version: number, given: Partial<Order> = {}): Order => ({
  id,
  companyId: 'acme',
  orderNumber: `ORD-${id}`,
  shopId: 'north',
  customerId: 'cara',
  status: 'pending',
  paymentStatus: 'pending',
  items: [],
  total: { amount: 100, currency: 'EUR' },
  statusChangedAt: '2026-11-21T10:00:00.000Z',
  version,
  createdAt: `2026-11-21T10:00:0${id}.000Z`,
  updatedAt: '2026-11-21T10:00:00.000Z',
  ...given,
});

describe('orders as they are held', () => {
  it('shows each order once, in its highest version, newest first', () => {
    const live = { 1: order('1', 3, { status: 'shipped' }), 2: order('2', 1), 3: order('3', 1) };
    const shown = merge([order('2', 2, { status: 'confirmed' }), order('1', 1)], live);
    assert.deepEqual(
      shown.map(({ id, status, version }) => `${id} ${status} ${version}`),
      ['3 pending 1', '2 confirmed 2', '1 shipped 3'],
    );
  });

  it('moves on by each event of its stream', () => {
    const timestamp = '2026-11-21T10:05:00.000Z';
    const confirmed = advance(order('1', 1), { type: 'order:update', timestamp, version: 2, status: 'confirmed' });
    const paid = advance(confirmed, { type: 'payment:update', timestamp, version: 3, paymentStatus: 'paid' });
    assert.deepEqual([paid.status, paid.paymentStatus, paid.version], ['confirmed', 'paid', 3]);
  });
});
