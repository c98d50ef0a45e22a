import type { List } from '../../../server/contract/common.ts';
import type { Payment, Route, Ticket, TicketHistoryEntry, WaitingEntry } from '../../../server/contract/seats.ts';
import { request } from '../app/api.ts';
import { paymentKey } from './pendingPayments.ts';

/** Every call of these screens to the server, and the keys under which answers are kept. */

export const DEPARTURES_KEY = ['seats', 'departures'] as const;
export const TICKETS_KEY = ['seats', 'tickets'] as const;
export const departureKey = (id: string) => ['seats', 'departure', id] as const;
export const ticketKey = (id: string) => ['seats', 'ticket', id] as const;
export const routeTicketsKey = (routeId: string) => [...TICKETS_KEY, 'route', routeId] as const;
export const waitingKey = (routeId: string) => ['seats', 'waiting', routeId] as const;

const routeUrl = (id: string) => `/api/routes/${encodeURIComponent(id)}`;
const ticketUrl = (id: string) => `/api/tickets/${encodeURIComponent(id)}`;

export const readDepartures = (query: URLSearchParams, signal: AbortSignal) =>
  request<List<Route>>(`/api/routes?${query}`, { signal });

export const readDeparture = (id: string, signal: AbortSignal) => request<Route>(routeUrl(id), { signal });

export const createDeparture = (body: object, idempotencyKey: string) =>
  request<Route>('/api/routes', { method: 'POST', body, idempotencyKey });

export const cancelDeparture = (id: string, reason: string) =>
  request<Route>(`${routeUrl(id)}/cancel`, { method: 'POST', body: { reason } });

type TicketQuery = { routeId?: string; cursor?: string; limit?: number };

export const readTickets = ({ routeId, cursor, limit = 200 }: TicketQuery, signal: AbortSignal) => {
  const query = new URLSearchParams({ limit: String(limit), ...(routeId && { routeId }), ...(cursor && { cursor }) });
  return request<List<Ticket>>(`/api/tickets?${query}`, { signal });
};

/** The ticket whose QR code says this. */
export const findByCode = async (code: string): Promise<Ticket | undefined> =>
  (await request<List<Ticket>>(`/api/tickets?${new URLSearchParams({ code })}`)).items[0];

/** Every ticket of one departure that the user may see: at most as many as it has seats, and those given back. */
export const readRouteTickets = async (routeId: string, signal: AbortSignal): Promise<Ticket[]> => {
  const all: Ticket[] = [];
  let cursor = '';
  for (;;) {
    const { items, nextCursor } = await readTickets({ routeId, cursor }, signal);
    all.push(...items);
    if (nextCursor === null) return all;
    cursor = nextCursor;
  }
};

export const readTicket = (id: string, signal: AbortSignal) => request<Ticket>(ticketUrl(id), { signal });

/** Newest first. */
export const readHistory = async (id: string, signal: AbortSignal) =>
  (await request<List<TicketHistoryEntry>>(`${ticketUrl(id)}/history?limit=200`, { signal })).items.reverse();

type Passenger = { seatNumber: string; passengerName: string };

/** All of them or none. */
export const hold = async (routeId: string, passengers: Passenger[], idempotencyKey: string): Promise<Ticket[]> => {
  const [only] = passengers;
  if (only && passengers.length === 1)
    return [await request<Ticket>('/api/tickets', { method: 'POST', body: { routeId, ...only }, idempotencyKey })];
  const body = { routeId, seats: passengers };
  return (await request<{ items: Ticket[] }>('/api/tickets', { method: 'POST', body, idempotencyKey })).items;
};

const act = (id: string, what: string, body: object = {}, ifMatch?: number) =>
  request<Ticket>(`${ticketUrl(id)}/${what}`, {
    method: 'POST',
    body,
    ...(ifMatch !== undefined && { ifMatch }),
  });
const because = (reason: string | undefined) => (reason ? { reason } : {});

export const extendTicket = (id: string) => act(id, 'extend');
export const cancelTicket = (id: string, version?: number, reason?: string) =>
  act(id, 'cancel', because(reason), version);
export const suspendTicket = (id: string, version: number, reason?: string) =>
  act(id, 'suspend', because(reason), version);
export const reinstateTicket = (id: string, version: number) => act(id, 'reinstate', {}, version);
export const reassignTicket = (id: string, version: number, seatNumber: string, reason?: string) =>
  act(id, 'reassign', { seatNumber, ...because(reason) }, version);
export const answerOffer = (id: string, accept: boolean) => act(id, 'offer', { accept });

export const readPaymentOptions = (signal: AbortSignal) =>
  request<{ mayPay: boolean }>('/api/payments/options', { signal });

/** The same ticket paid twice is paid once: the key stays until an answer came. */
export const pay = ({ id, price }: Ticket, method: string) =>
  request<Payment>('/api/payments', {
    method: 'POST',
    body: { ticketId: id, amount: price.amount, currency: price.currency, method },
    idempotencyKey: paymentKey(id),
  });

/** Newest first. */
export const readPayments = async (ticketId: string): Promise<Payment[]> => {
  const query = new URLSearchParams({ ticketId, limit: '20' });
  const { items } = await request<List<Payment>>(`/api/payments?${query}`);
  return items.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
};

export const readWaiting = async (routeId: string, signal: AbortSignal) =>
  (await request<List<WaitingEntry>>(`${routeUrl(routeId)}/waiting`, { signal })).items;
export const joinWaiting = (routeId: string, passengerName: string) =>
  request<WaitingEntry>(`${routeUrl(routeId)}/waiting`, { method: 'POST', body: { passengerName } });
export const leaveWaiting = (routeId: string, id: string) =>
  request<WaitingEntry>(`${routeUrl(routeId)}/waiting/${encodeURIComponent(id)}/leave`, { method: 'POST', body: {} });
