import { type RequestHandler, Router } from 'express';
import type { User } from '../contract/auth.ts';
import { ListQuery } from '../contract/common.ts';
import { AnswerOffer, CreateTicket, Reassign, type Ticket, TicketQuery, TicketReason } from '../contract/seats.ts';
import { userOf } from '../platform/auth.ts';
import { ifMatch, sendCreated, sendVersioned } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { companyScope } from './access.ts';
import { reserve } from './sales.ts';
import { listHistory, listTickets } from './ticketStore.ts';
import * as tickets from './tickets.ts';

export const ticketsRouter = Router();

ticketsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const body = CreateTicket.parse(request.body);
    const reserved = await reserve(userOf(request), body);
    const [first] = reserved;
    if (body.seatNumber !== undefined) sendCreated(response, `/api/tickets/${first!.id}`, first!);
    else sendCreated(response, `/api/tickets?routeId=${encodeURIComponent(body.routeId)}`, { items: reserved });
  }),
);

ticketsRouter.get('/', async (request, response) => {
  const user = userOf(request);
  const scope = { userId: user.id, companies: companyScope(user) };
  response.json(await listTickets(scope, TicketQuery.parse(request.query)));
});

ticketsRouter.get('/:id', async (request, response) => {
  sendVersioned(response, (await tickets.getTicket(userOf(request), request.params.id)).ticket);
});

ticketsRouter.get('/:id/history', async (request, response) => {
  const { limit, cursor } = ListQuery.parse(request.query);
  const { ticket } = await tickets.getTicket(userOf(request), request.params.id);
  response.json(await listHistory(ticket.id, limit, cursor));
});

type Act = (user: User, id: string, expected: number | undefined, reason: string | undefined) => Promise<Ticket>;
const act =
  (work: Act): RequestHandler<{ id: string }> =>
  async (request, response) => {
    const { reason } = TicketReason.parse(request.body);
    sendVersioned(response, await work(userOf(request), request.params.id, ifMatch(request), reason));
  };

ticketsRouter.post('/:id/confirm', act(tickets.confirmTicket));
ticketsRouter.post('/:id/suspend', act(tickets.suspendTicket));
ticketsRouter.post('/:id/reinstate', act(tickets.reinstateTicket));
ticketsRouter.post('/:id/cancel', act(tickets.cancelTicket));
ticketsRouter.post('/:id/extend', act(tickets.extendTicket));

ticketsRouter.post('/:id/reassign', async (request, response) => {
  const body = Reassign.parse(request.body);
  sendVersioned(response, await tickets.reassignTicket(userOf(request), request.params.id, ifMatch(request), body));
});

ticketsRouter.post('/:id/offer', async (request, response) => {
  const { accept } = AnswerOffer.parse(request.body);
  sendVersioned(response, await tickets.answerOffer(userOf(request), request.params.id, ifMatch(request), accept));
});
