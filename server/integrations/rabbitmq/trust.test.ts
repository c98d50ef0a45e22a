import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ConsumeMessage } from 'amqplib';

const SECRET = 'a-secret-of-the-broker';
process.env.LOG_LEVEL = 'silent';
process.env.RABBITMQ_HMAC_SECRET = SECRET;
process.env.RABBITMQ_TRUSTED_USERS = 'platform,shop-sync=acme';

const body = JSON.stringify({ productId: 'P1', companyId: 'acme', shopId: 'north', quantity: 1 });
const signature = createHmac('sha256', SECRET).update(`inventory.updated\n${body}`).digest('hex');
const delivery = (userId: string | undefined, signed = signature, routingKey = 'inventory.updated') =>
  ({
    content: Buffer.from(body),
    fields: { routingKey, redelivered: false },
    properties: { headers: { 'x-signature': signed }, userId },
  }) as unknown as ConsumeMessage;

describe('who may speak for a company', () => {
  it('is who signed the message, and whom the broker knows for one that is trusted', async () => {
    const { openLetter } = await import('./envelope.ts');
    const { told } = openLetter(delivery('shop-sync'));
    assert.deepEqual(
      [told.maySpeakFor('acme'), told.maySpeakFor('rival'), told.maySpeakFor(null)],
      [true, false, false],
    );
    assert.equal(openLetter(delivery('platform')).told.maySpeakFor('rival'), true);
    assert.throws(() => openLetter(delivery('somebody')), /user-id/);
    assert.throws(() => openLetter(delivery(undefined)), /user-id/);
    assert.throws(() => openLetter(delivery('platform', 'ab'.repeat(32))), /x-signature/);
    assert.throws(() => openLetter(delivery('platform', '')), /x-signature/);
    assert.throws(() => openLetter(delivery('platform', signature, 'inventory.low_stock')), /x-signature/);
  });
});
