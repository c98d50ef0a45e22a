import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent } from '../testing/sockets.ts';

const PEOPLE = 5_000;
const admin = person({ role: 'admin', companyId: 'acme' });
const last = person({ role: 'merchant', companyId: 'acme', id: 'person-9999' });
let server: TestServer;

before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

describe('a notification for five thousand', () => {
  it('reaches each of them once, with one request', async (context) => {
    const { query } = await import('../platform/database.ts');
    await query(
      `insert into users (id, username, role, company_id)
       select 'person-' || n, 'person-' || n, 'merchant', 'acme' from generate_series(1, $1::int) n`,
      [PEOPLE - 1],
    );
    const socket = await connect(server.url, tokenFor(last));
    const told = nextEvent(socket, 'notification:broadcast', { milliseconds: 120_000 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const { status, body } = await api(server.url)(admin, 'POST', '/api/notifications', {
      role: 'merchant',
      subject: 'Stocktaking',
      content: 'On Sunday',
    });
    delay.disable();
    assert.equal(status, 201);
    assert.equal(body.recipients, PEOPLE);
    assert.equal((await told).unread, 1);
    const [row] = await query<{ copies: number; people: number; waiting: number }>(
      `select count(*)::int as copies, count(distinct user_id)::int as people,
         (select count(*)::int from notification_targets) as waiting from notifications`,
    );
    assert.deepEqual(row, { copies: PEOPLE, people: PEOPLE, waiting: 0 });
    context.diagnostic(`the event loop waited ${Math.round(delay.max / 1e6)} ms at most`);
  });
});
