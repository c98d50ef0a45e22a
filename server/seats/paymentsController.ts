import { Router } from 'express';
import { CreatePayment, PaymentQuery } from '../contract/seats.ts';
import { userOf } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { sendCreated } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { companyScope, isDesk } from './access.ts';
import { listPayments } from './paymentStore.ts';
import { pay } from './payments.ts';

export const paymentsRouter = Router();

paymentsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const payment = await pay(userOf(request), CreatePayment.parse(request.body));
    sendCreated(response, `/api/payments?ticketId=${encodeURIComponent(payment.ticketId)}`, payment);
  }),
);

paymentsRouter.get('/', async (request, response) => {
  const user = userOf(request);
  response.json(
    await listPayments({ userId: user.id, companies: companyScope(user) }, PaymentQuery.parse(request.query)),
  );
});

paymentsRouter.get('/options', (request, response) => {
  const provider = config.PAYMENT_PROVIDER;
  response.json({ provider, mayPay: provider !== 'desk' || isDesk(userOf(request)) });
});
