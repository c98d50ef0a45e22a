import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

process.env.LOG_LEVEL = 'silent';
process.env.WEBHOOK_ALLOW_PRIVATE = '0';

describe('a webhook that leads inside', () => {
  it('is refused when it is registered, and by the address it resolves to when it is called', async () => {
    const { post, requirePublicUrl } = await import('./webhookAddress.ts');
    for (const url of [
      'http://example.com/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://localhost/',
      'https://a.localhost/',
      'https://user@example.com/',
    ])
      assert.throws(() => requirePublicUrl(url), /url:/, url);
    requirePublicUrl('https://example.com/hook');
    await assert.rejects(post('https://localhost/', '{}', {}), /private address/);
    await assert.rejects(post('https://127.0.0.1/', '{}', {}), /private address/);
  });
});
