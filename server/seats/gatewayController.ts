import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { Router } from 'express';
import { GatewayEvent } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { badRequest, unauthenticated } from '../platform/errors.ts';
import { takeGatewayEvent } from './payments.ts';

/** Where the payment gateway calls. Its signature is over the bytes, so this stands before anything that parses. */
export const gatewayRouter = Router();

const isSigned = (body: Buffer, signature: string | undefined): boolean => {
  const secret = config.PAYMENT_WEBHOOK_SECRET;
  if (!secret || signature === undefined || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(signature, 'hex'));
};

gatewayRouter.post('/', express.raw({ type: () => true, limit: '64kb' }), async (request, response) => {
  // Without a body the parser leaves none.
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!isSigned(body, request.get('X-Signature'))) throw unauthenticated('X-Signature does not fit the body');
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('The body is not valid JSON');
  }
  response.json({ received: true, applied: await takeGatewayEvent(GatewayEvent.parse(parsed)) });
});
