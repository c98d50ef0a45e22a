import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Order, OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { readOrder, setOrderStatus, setPayment } from './calls.ts';
import { ORDER_STATUS, PAYMENT } from './orderStatus.ts';
import { takeOrder, timelineKey } from './orders.ts';

export type Move = { order: Order } & (
  | { field: 'status'; to: OrderStatus }
  | { field: 'payment'; to: Exclude<PaymentStatus, 'pending'> }
);

const send = (move: Move) =>
  move.field === 'status'
    ? setOrderStatus(move.order.id, move.to, move.order.version)
    : setPayment(move.order.id, move.to, move.order.version);

export const labelOf = (move: Move) => (move.field === 'status' ? ORDER_STATUS[move.to].label : PAYMENT[move.to]);

/**
 * Changes an order on the version the user saw. When it has moved on meanwhile nothing is sent on top: `refused` holds
 * the order as it is now, and the user chooses.
 */
export const useMove = () => {
  const client = useQueryClient();
  const [refused, setRefused] = useState<Move & { seen: Order }>();
  const change = useMutation({
    mutationFn: send,
    onSuccess: (saved, move) => {
      takeOrder(client, saved);
      void client.invalidateQueries({ queryKey: timelineKey(saved.id) });
      setRefused(undefined);
      notifyDone(`${saved.orderNumber}: ${labelOf(move).toLowerCase()}.`);
    },
    onError: async (error, move) => {
      if (!(error instanceof ApiError && (error.code === 'STALE' || error.code === 'CONFLICT'))) return;
      const now = await readOrder(move.order.id).catch(() => undefined);
      if (!now) return;
      takeOrder(client, now);
      if (error.code === 'STALE') setRefused({ ...move, order: now, seen: move.order });
    },
  });
  return {
    move: (move: Move) => change.mutate(move),
    busy: change.isPending ? change.variables : undefined,
    error: refused ? null : change.error,
    clear: () => {
      setRefused(undefined);
      change.reset();
    },
    refused,
  };
};
