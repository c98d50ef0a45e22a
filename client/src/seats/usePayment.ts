import { useCallback, useEffect, useRef, useState } from 'react';
import type { Ticket } from '../../../server/contract/seats.ts';
import { isTransient } from '../app/api.ts';
import { pay, readPayments } from './calls.ts';
import { useSeatsConnection } from './live.ts';
import { isUnderWay, settlePayment } from './pendingPayments.ts';

export type Paying =
  | { phase: 'idle' }
  | { phase: 'sending' }
  /** Sent, and no answer came: it may or may not have been taken. Asked again by itself. */
  | { phase: 'unsure' }
  /** Taken by the server; the gateway has the last word. */
  | { phase: 'pending' }
  | { phase: 'paid' }
  /** The gateway said no; nothing was charged. */
  | { phase: 'refused' }
  | { phase: 'failed'; error: unknown };

const ASK_AGAIN_MS = 4_000;

/** Pays tickets one after the other, each exactly once however often the network fails meanwhile. */
export const usePayment = (tickets: Ticket[], method: string, onSettled: () => void) => {
  const ids = tickets.map(({ id }) => id).join(' ');
  const [state, setState] = useState<Paying>({ phase: 'idle' });
  const { status } = useSeatsConnection();
  const latest = useRef({ tickets, method, onSettled });
  useEffect(() => {
    latest.current = { tickets, method, onSettled };
  });
  const running = useRef(false);
  /** Answered already: asking again would be a second payment. */
  const paid = useRef(new Set<string>());

  const run = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    setState((now) => (now.phase === 'unsure' ? now : { phase: 'sending' }));
    try {
      let open = false;
      for (const ticket of latest.current.tickets) {
        if (paid.current.has(ticket.id)) continue;
        const payment = await pay(ticket, latest.current.method);
        settlePayment(ticket.id);
        if (payment.status === 'pending') open = true;
        else paid.current.add(ticket.id);
      }
      setState({ phase: open ? 'pending' : 'paid' });
      latest.current.onSettled();
    } catch (error) {
      if (isTransient(error)) setState({ phase: 'unsure' });
      else {
        for (const { id } of latest.current.tickets) settlePayment(id);
        setState({ phase: 'failed', error });
        latest.current.onSettled();
      }
    } finally {
      running.current = false;
    }
  }, []);

  // A page that was reloaded in the middle of paying finds out how it went.
  useEffect(() => {
    if (ids.split(' ').some(isUnderWay)) void run();
  }, [ids, run]);

  const unsure = state.phase === 'unsure';
  useEffect(() => {
    if (!unsure) return;
    if (status === 'live') void run();
    const timer = setInterval(() => void run(), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [unsure, status, run]);

  // Success is an event of the seat; that the gateway refused is only in the payment itself.
  const pending = state.phase === 'pending';
  useEffect(() => {
    if (!pending) return;
    const look = async () => {
      const lists = await Promise.all(ids.split(' ').map((id) => readPayments(id))).catch(() => []);
      if (lists.some(([newest]) => newest?.status === 'failed')) setState({ phase: 'refused' });
    };
    const timer = setInterval(() => void look(), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [pending, ids]);

  return { state, start: run };
};
