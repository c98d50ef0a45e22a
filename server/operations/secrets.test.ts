import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { LOADER, runnable } from '../../scripts/testing/runnable.ts';
import { hashPassword } from '../platform/passwords.ts';
import { createTestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, TEST_SECRET, tokenFor } from '../testing/people.ts';
import { freePort } from '../testing/server.ts';
import { needs } from '../testing/services.ts';
import { ask, closeSockets, connect } from '../testing/sockets.ts';

const METRICS_TOKEN = 'metrics-token-that-nobody-logs';
const PASSWORD = 'the right password of ana';
const WRONG = 'a wrong password she typed first';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

after(closeSockets);

/** Lines a server writes, and the address it listens on. It logs as much as it can. */
const startLoud = async (databaseUrl: string) => {
  const port = await freePort();
  const child = spawn(process.execPath, [...LOADER, runnable('server/index.ts')], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      LOG_LEVEL: 'trace',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      REDIS_URL: '',
      JWT_SECRET: TEST_SECRET,
      JWT_PUBLIC_KEY: ec.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      METRICS_TOKEN,
      TRUST_PROXY: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
        if (text.includes('Waybeat is ready')) resolve();
      });
  });
  await Promise.race([ready, once(child, 'exit').then(() => assert.fail(`did not start: ${text}`))]);
  return { child, url: `http://127.0.0.1:${port}`, text: () => text };
};

describe('the log at its loudest', needs('postgres'), () => {
  it('holds no token, no password, no hash and no secret, whatever goes right or wrong', async () => {
    const database = await createTestDatabase();
    const loud = await startLoud(database.env.DATABASE_URL);
    const call = api(loud.url);
    const passwordHash = await hashPassword(PASSWORD);
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    await client.query(
      "insert into users (id, username, password_hash, role, company_id) values ('ana', 'ana', $1, 'admin', 'acme')",
      [passwordHash],
    );
    await client.end();

    const login = (password: string) => call(null, 'POST', '/api/auth/login', { username: 'ana', password });
    assert.equal((await login(WRONG)).status, 401);
    const { body: session } = await login(PASSWORD);
    const refreshed = (await call(session.token, 'POST', '/api/auth/refresh')).body.token;
    const expired = tokenFor(person({ role: 'admin' }), -10);
    const es256 = jwt.sign({ sub: 'f-1', role: 'admin', companyId: 'acme' }, ec.privateKey, {
      algorithm: 'ES256',
      expiresIn: 600,
    });
    assert.equal((await call(es256, 'GET', '/api/auth/me')).status, 200);
    const tokens = [session.token, refreshed, expired, es256];
    for (const token of tokens) {
      await call(token, 'GET', `/api/auth/me?token=${token}`);
      await call(token, 'GET', `/nowhere?access_token=${token}`);
      await call(token, 'POST', '/api/auth/login', { token, password: [PASSWORD], username: { password: WRONG } });
      await call(token, 'POST', '/api/auth/login', `{"password":"${PASSWORD}", oops`, {
        'content-type': 'application/json',
      });
      await call(token, 'GET', '/api/shipments/%E0%A4%A', undefined, { cookie: `session=${token}` });
      await connect(loud.url, token, { query: { token }, extraHeaders: { cookie: token } }).catch(() => {});
      await connect(loud.url, undefined, { extraHeaders: { authorization: `Bearer ${token}` } }).catch(() => {});
    }
    await call(METRICS_TOKEN, 'GET', '/metrics', undefined, { 'x-forwarded-for': '203.0.113.1' });
    const socket = await connect(loud.url, session.token);
    await ask(socket, 'auth:refresh', { token: refreshed });
    await ask(socket, 'auth:refresh', { token: expired });
    await ask(socket, 'resume', { streams: { [refreshed.slice(0, 200)]: 'x' } });
    // What nobody foresees is logged with its cause; that cause must not quote what was sent either.
    const admin = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await admin.connect();
    await admin.query('alter table users rename to hidden_users');
    const failed = await login(PASSWORD);
    assert.equal(failed.status, 500);
    assert.doesNotMatch(JSON.stringify(failed.body), /users|select/);
    await call(tokenFor(person({ role: 'admin' })), 'GET', '/api/auth/me');
    await connect(loud.url, tokenFor(person({ role: 'admin' }))).catch(() => {});
    await admin.query('alter table hidden_users rename to users');
    await admin.end();
    socket.disconnect();
    loud.child.kill('SIGTERM');
    await once(loud.child, 'exit');

    const text = loud.text();
    assert.ok(text.length > 3_000, `only ${text.length} characters were logged`);
    assert.match(text, /a request failed unexpectedly/);
    const secrets = [PASSWORD, WRONG, passwordHash, TEST_SECRET, METRICS_TOKEN, ...tokens];
    // The last part of a token is what nobody but its bearer can know.
    for (const secret of [...secrets, ...tokens.map((token: string) => token.split('.').at(-1)!)]) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, `…${text.slice(Math.max(0, at - 200), at + 60)}…`);
    }
    assert.doesNotMatch(text, /eyJ[\w-]{10,}\.eyJ/);
    await database.drop();
  });
});
