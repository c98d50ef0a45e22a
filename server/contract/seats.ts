import { z } from 'zod';
import { type Ack, durable, envelope, Id, ListQuery, Moment, Since, type Subscribed, Time, text } from './common.ts';

/** Bus seats: departures, tickets, payments and the waiting list. */

/** ISO 4217 and whole minor units: no float ever counts money. */
export const Currency = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{3}$/, 'Expected a currency code such as EUR');
export const Amount = z.int().min(0).max(1_000_000_000).describe('minor units, such as cents');
export const Money = z.object({ amount: Amount, currency: Currency });
export type Money = z.infer<typeof Money>;

export const SeatStatus = z.enum(['available', 'reserved', 'confirmed', 'suspended']);
export type SeatStatus = z.infer<typeof SeatStatus>;
export const TicketStatus = z.enum(['reserved', 'confirmed', 'suspended', 'cancelled']);
export type TicketStatus = z.infer<typeof TicketStatus>;
export const RouteStatus = z.enum(['scheduled', 'cancelled']);
export type RouteStatus = z.infer<typeof RouteStatus>;

/** One departure: a bus that leaves once. */
export const Route = z.object({
  id: z.string(),
  companyId: z.string(),
  origin: z.string(),
  destination: z.string(),
  departsAt: Time,
  seatNumbers: z.array(z.string()),
  price: Money,
  status: RouteStatus,
  available: z.int().describe('seats nobody holds'),
  total: z.int(),
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Route = z.infer<typeof Route>;

export const MAX_SEATS = 300;
const SeatNumber = text(10);
export const CreateRoute = z
  .object({
    origin: text(200),
    destination: text(200),
    departsAt: Moment,
    seatNumbers: z.array(SeatNumber).min(1).max(MAX_SEATS).optional(),
    seatCount: z.int().min(1).max(MAX_SEATS).optional().describe('seats 1, 2, 3 … instead of their names'),
    price: Money,
    /** Needed of a caller who belongs to no company (super_admin); others' own company is used. */
    companyId: Id.optional(),
  })
  .refine(({ seatNumbers, seatCount }) => (seatNumbers === undefined) !== (seatCount === undefined), {
    message: 'Give seatNumbers or seatCount',
    path: ['seatNumbers'],
  })
  .refine(({ seatNumbers }) => !seatNumbers || new Set(seatNumbers).size === seatNumbers.length, {
    message: 'A seat number stands there twice',
    path: ['seatNumbers'],
  });
export type CreateRoute = z.infer<typeof CreateRoute>;

export const RouteQuery = ListQuery.extend({
  origin: z.string().trim().max(200).optional().describe('part of the name'),
  destination: z.string().trim().max(200).optional().describe('part of the name'),
  date: z.iso.date().optional().describe('departures of this UTC day'),
  departsFrom: Moment.optional(),
  departsTo: Moment.optional(),
  q: z.string().trim().max(200).optional().describe('searches origin and destination'),
  status: RouteStatus.optional(),
  companyId: Id.optional(),
  past: z.enum(['true', 'false']).optional().describe('true: those that have left, too'),
});
export type RouteQuery = z.infer<typeof RouteQuery>;

export const CancelRoute = z.object({ reason: text(500) });

export const Seat = z.object({ seatNumber: z.string(), status: SeatStatus });
/** How the seats of a departure stand. What a guest may see, too. */
export const SeatMap = z.object({
  routeId: z.string(),
  version: z.int(),
  seats: z.array(Seat),
  available: z.int(),
  total: z.int(),
});
export type SeatMap = z.infer<typeof SeatMap>;

export const Ticket = z.object({
  id: z.string(),
  routeId: z.string(),
  seatNumber: z.string(),
  passengerName: z.string(),
  userId: z.string(),
  status: TicketStatus,
  expiresAt: Time.nullable().describe('when an unpaid hold ends, by the database’s clock; else null'),
  extended: z.boolean().describe('the hold was extended once'),
  paid: z.boolean().describe('money was taken for it and not given back'),
  offer: z
    .object({
      kind: z.enum(['late_payment', 'waiting_list']),
      seatNumber: z.string(),
      expiresAt: Time,
    })
    .nullable()
    .describe('this seat is held for its owner to say yes or no'),
  code: z.string().describe('what the QR code holds; says nothing by itself'),
  reason: z.string().nullable().describe('why it was suspended or cancelled'),
  origin: z.string(),
  destination: z.string(),
  departsAt: Time,
  price: Money,
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Ticket = z.infer<typeof Ticket>;

const Passenger = z.object({ seatNumber: SeatNumber, passengerName: text(200) });
/** One seat, or several that are taken all or none. */
export const CreateTicket = z
  .object({
    routeId: Id,
    seatNumber: SeatNumber.optional(),
    passengerName: text(200).optional(),
    seatNumbers: z.array(SeatNumber).min(1).max(20).optional().describe('several seats in one passengerName'),
    seats: z.array(Passenger).min(1).max(20).optional().describe('several seats, a name each'),
    userId: Id.optional().describe('staff of the departure’s company: the customer it is for'),
  })
  .refine(({ seatNumber, seatNumbers, seats }) => [seatNumber, seatNumbers, seats].filter(Boolean).length === 1, {
    message: 'Give seatNumber, seatNumbers or seats',
    path: ['seatNumber'],
  })
  .refine(({ seats, passengerName }) => seats !== undefined || passengerName !== undefined, {
    message: 'Required',
    path: ['passengerName'],
  })
  .refine(
    ({ seatNumbers, seats }) => {
      const numbers = seats?.map(({ seatNumber }) => seatNumber) ?? seatNumbers ?? [];
      return new Set(numbers).size === numbers.length;
    },
    { message: 'A seat number stands there twice', path: ['seats'] },
  );
export type CreateTicket = z.infer<typeof CreateTicket>;

export const TicketQuery = ListQuery.extend({
  routeId: Id.optional(),
  status: z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(TicketStatus))
    .optional()
    .describe('one status or several with commas'),
  code: z.string().max(100).optional().describe('the text of a QR code'),
});
export type TicketQuery = z.infer<typeof TicketQuery>;

export const TicketReason = z.object({ reason: text(500).optional() }).default({});
export const Reassign = z.object({ seatNumber: SeatNumber, reason: text(500).optional() });
export const AnswerOffer = z.object({ accept: z.boolean() });

/** One line of a ticket's own history, which lives as long as the ticket. Oldest first. */
export const TicketHistoryEntry = z.object({
  id: z.string(),
  at: Time,
  kind: z.enum([
    'reserved',
    'extended',
    'confirmed',
    'suspended',
    'reinstated',
    'reassigned',
    'cancelled',
    'expired',
    'paid',
    'paid_late',
    'payment_failed',
    'offered',
    'offer_accepted',
    'offer_declined',
    'refunded',
  ]),
  by: z.string().nullable().describe('null: the server itself, or the payment gateway'),
  seatNumber: z.string(),
  note: z.string().nullable(),
});
export type TicketHistoryEntry = z.infer<typeof TicketHistoryEntry>;

export const PaymentStatus = z.enum(['pending', 'succeeded', 'failed', 'refunded']);
export type PaymentStatus = z.infer<typeof PaymentStatus>;
export const Payment = z.object({
  id: z.string(),
  ticketId: z.string(),
  status: PaymentStatus,
  amount: Amount,
  currency: Currency,
  method: z.string(),
  reference: z.string().nullable().describe('the gateway’s own'),
  reason: z.string().nullable().describe('why it was refunded'),
  createdAt: Time,
  updatedAt: Time,
});
export type Payment = z.infer<typeof Payment>;
export const CreatePayment = z.object({ ticketId: Id, amount: Amount, currency: Currency, method: text(50) });
export type CreatePayment = z.infer<typeof CreatePayment>;
export const PaymentQuery = ListQuery.extend({ ticketId: Id.optional(), status: PaymentStatus.optional() });
export type PaymentQuery = z.infer<typeof PaymentQuery>;
export const PaymentOptions = z.object({
  provider: z.enum(['desk', 'webhook', 'test']),
  mayPay: z.boolean().describe('whether you may record a payment'),
});

/** What a payment gateway sends, signed over its raw bytes. */
export const GatewayEvent = z.object({
  id: Id,
  type: z.enum(['payment.succeeded', 'payment.failed', 'payment.refunded']),
  data: z.object({ ticketId: Id, amount: Amount, currency: Currency, reference: Id }),
});
export type GatewayEvent = z.infer<typeof GatewayEvent>;
export const GatewayAnswer = z.object({ received: z.literal(true), applied: z.boolean() });

export const JoinWaiting = z.object({ passengerName: text(200) });
export const WaitingEntry = z.object({
  id: z.string(),
  routeId: z.string(),
  userId: z.string(),
  passengerName: z.string(),
  status: z.enum(['waiting', 'offered', 'taken', 'gone']),
  position: z.int().describe('1 is next; 0 once it no longer waits'),
  ticketId: z.string().nullable().describe('the held seat that is offered'),
  seatNumber: z.string().nullable(),
  expiresAt: Time.nullable(),
  createdAt: Time,
});
export type WaitingEntry = z.infer<typeof WaitingEntry>;

/** A GTFS feed's trips become departures of these service days. */
export const GtfsQuery = z
  .object({
    importId: Id.optional(),
    companyId: Id.optional(),
    date: z.iso.date().optional().describe('one service day'),
    from: z.iso.date().optional().describe('first service day'),
    to: z.iso.date().optional().describe('last service day; at most 31 days'),
    seatCount: z.coerce.number().int().min(1).max(MAX_SEATS).default(40),
    amount: z.coerce.number().int().min(0).max(1_000_000_000).default(0).describe('price of a seat in minor units'),
    currency: Currency.default('EUR'),
  })
  .refine(({ from, to }) => !from || !to || from <= to, { message: 'to must not be before from', path: ['to'] });
export type GtfsQuery = z.infer<typeof GtfsQuery>;
export const GtfsReport = z.object({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  skipped: z.array(z.object({ file: z.string(), line: z.int().nullable(), message: z.string() })),
});
export type GtfsReport = z.infer<typeof GtfsReport>;

// Client → server

export const SubscribeRoute = z.object({ routeId: Id, since: Since.nullish() });
export const UnsubscribeRoute = z.object({ routeId: Id });
export const GetSeatAvailability = z.object({ routeId: Id });
export const ServerTime = z.unknown();
export type SubscribeRouteAck = Ack<{ routeId: string } & Subscribed<SeatMap>>;
export type UnsubscribeRouteAck = Ack<{ routeId: string }>;
export type SeatAvailabilityAck = Ack<SeatMap>;
export type ServerTimeAck = Ack<{ timestamp: string }>;

// Server → client

export const SubscribedToRoute = envelope('subscribed', { routeId: z.string(), version: z.int() });
export const UnsubscribedFromRoute = envelope('unsubscribed', { routeId: z.string() });
export const SeatAvailability = envelope('seat_availability', SeatMap.shape);

export const SeatEventType = z.enum([
  'SEAT_RESERVED',
  'SEAT_CONFIRMED',
  'SEAT_SUSPENDED',
  'SEAT_CANCELLED',
  'SEAT_AVAILABLE',
]);
export type SeatEventType = z.infer<typeof SeatEventType>;

/** One step of one seat. It never holds a passenger's name. */
export const SeatUpdate = durable('seat_update', {
  eventType: SeatEventType,
  routeId: z.string(),
  seatNumber: z.string(),
  ticketId: z.string().nullable().describe('null with SEAT_AVAILABLE, and for guests'),
  status: SeatStatus.describe('the seat’s'),
  metadata: z.object({ reason: z.string().optional(), expiresAt: Time.optional() }),
});
export type SeatUpdate = z.infer<typeof SeatUpdate>;

/** Notices for lists, on `/seats`. */
export const RouteCreated = envelope('route:created', { routeId: z.string(), route: Route });
export const RouteUpdated = envelope('route:updated', {
  routeId: z.string(),
  available: z.int(),
  total: z.int(),
  status: RouteStatus,
  departsAt: Time,
});
export const TicketUpdated = envelope('ticket:updated', {
  ticketId: z.string(),
  routeId: z.string(),
  seatNumber: z.string(),
  status: TicketStatus,
  expiresAt: Time.nullable(),
  reason: z.string().nullable(),
});
export const WaitingUpdated = envelope('waiting:updated', {
  waitingId: z.string(),
  routeId: z.string(),
  status: WaitingEntry.shape.status,
  ticketId: z.string().nullable(),
});
export const RoutesImportProgress = envelope('routes:import_progress', {
  importId: z.string(),
  phase: z.enum(['reading', 'writing', 'done']),
  processed: z.int(),
  total: z.int(),
  done: z.boolean(),
});
export type RoutesImportProgress = z.infer<typeof RoutesImportProgress>;
