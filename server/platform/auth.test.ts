import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import jwt from 'jsonwebtoken';
import { api } from '../testing/http.ts';
import { person, TEST_SECRET, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

const PASSWORD = 'correct horse battery staple';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const ana = person({ role: 'operator', companyId: 'acme' });
const inOneHour = () => Math.floor(Date.now() / 1000) + 3600;
const claimsOf = (fields: object = {}) => ({ sub: ana.id, role: 'operator', exp: inOneHour(), ...fields });
const signed = (claims: object, header: object = {}) =>
  // Through JSON, which leaves out what is undefined.
  jwt.sign(JSON.parse(JSON.stringify(claims)), TEST_SECRET, {
    algorithm: 'HS256',
    header: { alg: 'HS256', ...header } as jwt.JwtHeader,
  });
const foreign = (claims: object, header: object = {}) =>
  jwt.sign(claims, rsa.privateKey, { algorithm: 'RS256', header: { alg: 'RS256', ...header } as jwt.JwtHeader });
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token put together by hand, for what no library would sign. */
const byHand = (header: object, claims: object, key: string | null) => {
  const body = `${base64(header)}.${base64(claims)}`;
  return `${body}.${key === null ? '' : createHmac('sha256', key).update(body).digest('base64url')}`;
};

let server: TestServer;
let call: ReturnType<typeof api>;
let users: typeof import('./users.ts');

/** Somebody who can sign in here. */
const addUser = async (fields: { companyId?: string; role?: 'operator' | 'admin' } = {}) => {
  const { hashPassword } = await import('./passwords.ts');
  return users.addUser({
    username: `user-${randomUUID()}`,
    role: fields.role ?? 'operator',
    companyId: fields.companyId ?? 'acme',
    shopIds: [],
    passwordHash: await hashPassword(PASSWORD),
  });
};
let address = 0;
/** Signs in from an address of its own, so that the limit of one test is not that of the next. */
const login = (username: string, password: string, from = `198.51.100.${++address}`) =>
  call(null, 'POST', '/api/auth/login', { username, password }, { 'x-forwarded-for': from });
const me = (token: string | null) => call(token, 'GET', '/api/auth/me');

before(async () => {
  server = await startTestServer({
    env: { JWT_PUBLIC_KEY: publicPem.replaceAll('\n', '\\n'), TRUST_PROXY: '1', LOGIN_RATE_LIMIT: '4' },
  });
  call = api(server.url);
  users = await import('./users.ts');
});
after(() => server.stop());

describe('a token', () => {
  it('is asked for', async () => {
    const answer = await me(null);
    assert.equal(answer.status, 401);
    assert.equal(answer.body.code, 'UNAUTHENTICATED');
    assert.equal(answer.body.detail, 'Authentication required');
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  });

  it('is taken from no other place than the header', async () => {
    const token = tokenFor(ana);
    assert.equal((await call(null, 'GET', `/api/auth/me?token=${token}&access_token=${token}`)).status, 401);
    assert.equal((await call(null, 'GET', '/api/auth/me', undefined, { cookie: `token=${token}` })).status, 401);
    const basic = { authorization: `Basic ${token}` };
    assert.equal((await call(null, 'GET', '/api/auth/me', undefined, basic)).status, 401);
  });

  const hostile: [name: string, token: () => string][] = [
    ['expired', () => tokenFor(ana, -1)],
    ['signed with another secret', () => jwt.sign(claimsOf(), 'another-secret-of-more-than-32-characters')],
    ['unsigned, alg none', () => byHand({ alg: 'none', typ: 'JWT' }, claimsOf(), null)],
    ['unsigned, alg None', () => byHand({ alg: 'None', typ: 'JWT' }, claimsOf(), null)],
    ['signed, but calling itself alg none', () => byHand({ alg: 'none' }, claimsOf(), TEST_SECRET)],
    ['HS256 with the public key as the secret', () => byHand({ alg: 'HS256' }, claimsOf(), publicPem)],
    ['HS256 with the trimmed public key', () => byHand({ alg: 'HS256' }, claimsOf(), publicPem.trim())],
    ['RS256 in name, HS256 with the public key in fact', () => byHand({ alg: 'RS256' }, claimsOf(), publicPem)],
    ['HS384 with the right secret', () => jwt.sign(claimsOf(), TEST_SECRET, { algorithm: 'HS384' })],
    ['PS256 with the right key', () => jwt.sign(claimsOf(), rsa.privateKey, { algorithm: 'PS256' })],
    ['RS256 with a key of its own', () => jwt.sign(claimsOf(), stranger.privateKey, { algorithm: 'RS256' })],
    [
      'RS256 with a key of its own that it carries as jwk',
      () =>
        jwt.sign(claimsOf(), stranger.privateKey, {
          algorithm: 'RS256',
          header: { alg: 'RS256', jwk: stranger.publicKey.export({ format: 'jwk' }) } as unknown as jwt.JwtHeader,
        }),
    ],
    [
      'RS256 with a key of its own that it names as jku and x5u',
      () =>
        jwt.sign(claimsOf(), stranger.privateKey, {
          algorithm: 'RS256',
          header: { alg: 'RS256', jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/cert' },
        }),
    ],
    [
      'HS256 with an empty key named by kid',
      () => byHand({ alg: 'HS256', kid: '../../../../dev/null' }, claimsOf(), ''),
    ],
    ['without exp', () => signed({ ...claimsOf(), exp: undefined })],
    ['with an exp that is no number', () => byHand({ alg: 'HS256' }, { ...claimsOf(), exp: '9e9' }, TEST_SECRET)],
    ['with an exp beyond all dates', () => byHand({ alg: 'HS256' }, { ...claimsOf(), exp: 1e300 }, TEST_SECRET)],
    ['not valid yet', () => signed({ ...claimsOf(), nbf: inOneHour() })],
    ['without a role', () => signed({ ...claimsOf(), role: undefined })],
    ['with a role that does not exist', () => signed(claimsOf({ role: 'root' }))],
    ['with several roles', () => signed(claimsOf({ role: ['admin', 'operator'] }))],
    ['naming nobody', () => signed({ ...claimsOf(), sub: undefined })],
    ['naming nobody, with an empty sub', () => byHand({ alg: 'HS256' }, claimsOf({ sub: '' }), TEST_SECRET)],
    [
      'naming a person no database can hold',
      () => byHand({ alg: 'HS256' }, claimsOf({ sub: 'a\u0000b' }), TEST_SECRET),
    ],
    ['with claims that are no object', () => byHand({ alg: 'HS256' }, ['sub'], TEST_SECRET)],
    [
      'altered after signing',
      () => tokenFor(ana).replace(/\.[^.]+\./, `.${base64(claimsOf({ role: 'super_admin' }))}.`),
    ],
    ['no token at all', () => 'not-a-token'],
    ['three dots', () => '...'],
    ['a header that is no JSON', () => `${Buffer.from('{').toString('base64url')}.${base64(claimsOf())}.x`],
    ['of 12 kilobytes', () => 'x'.repeat(12_000)],
  ];
  for (const [name, make] of hostile)
    it(`is refused when it is ${name}`, async () => {
      const answer = await me(make());
      assert.equal(answer.status, 401, JSON.stringify(answer.body));
      assert.equal(answer.body.detail, 'Invalid or expired token');
    });

  it('that was good a moment ago is refused once it has expired, and when it is altered', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const token = signed(claimsOf({ exp }));
    assert.equal((await me(token)).status, 200);
    assert.equal((await me(token)).status, 200);
    assert.equal((await me(`${token.slice(0, -4)}AAAA`)).status, 401);
    await sleep(exp * 1000 - Date.now() + 5);
    assert.equal((await me(token)).status, 401);
  });

  it('names its user by sub, userId or id, as text or as a number', async () => {
    assert.equal((await me(byHand({ alg: 'HS256' }, claimsOf({ sub: 4711 }), TEST_SECRET))).body.id, '4711');
    assert.equal((await me(signed({ ...claimsOf({ userId: 'u-2', id: 'row' }), sub: undefined }))).body.id, 'u-2');
    assert.equal((await me(signed({ ...claimsOf({ id: 7 }), sub: undefined }))).body.id, '7');
    assert.equal((await me(signed(claimsOf({ sub: 'u-1', userId: 'u-2', id: 'u-3' })))).body.id, 'u-1');
  });

  it('carries role, company and shops', async () => {
    const answer = await me(signed(claimsOf({ sub: 'm-1', role: 'merchant', companyId: 12, shopIds: ['s1', 2] })));
    assert.deepEqual(answer.body, {
      id: 'm-1',
      username: 'm-1',
      role: 'merchant',
      companyId: '12',
      shopIds: ['s1', '2'],
    });
  });

  it("of another issuer's RS256 key works beside our own", async () => {
    assert.equal((await me(foreign(claimsOf({ sub: 'f-1' })))).body.id, 'f-1');
    assert.equal((await me(foreign(claimsOf({ sub: 'f-1' }), { kid: 'whatever' }))).status, 200);
    assert.equal((await me(tokenFor(ana))).body.id, ana.id);
  });

  it('of somebody who stands in the database as they are is not written there again', async () => {
    const { query } = await import('./database.ts');
    const id = randomUUID();
    const insert = `insert into users (id, username, role, company_id) values ($1, $1, 'operator', 'acme')`;
    await query(insert, [id]);
    const version = () => query('select xmin::text from users where id = $1', [id]);
    const before = await version();
    assert.equal((await me(signed(claimsOf({ sub: id, username: id, companyId: 'acme' })))).body.id, id);
    assert.deepEqual(await version(), before);
    assert.equal(
      (await me(signed(claimsOf({ sub: id, username: 'other', companyId: 'acme' })))).body.username,
      'other',
    );
    assert.notDeepEqual(await version(), before);
  });

  it('that one bearer holds wrongly takes nobody else with it', async () => {
    const bad = byHand({ alg: 'HS256' }, claimsOf({ sub: 'n-1', shopIds: ['\u0000'] }), TEST_SECRET);
    const answers = await Promise.all([me(bad), me(signed(claimsOf({ sub: 'n-2' }))), me(bad)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 200, 401],
    );
  });
});

describe('signing in', () => {
  it('answers a token with which one is who one is', async () => {
    const user = await addUser();
    const { status, body } = await login(user.username.toUpperCase(), PASSWORD);
    assert.equal(status, 200);
    assert.deepEqual(body.user, user);
    assert.ok(Math.abs(Date.parse(body.expiresAt) - Date.now() - 12 * 3600_000) < 5_000);
    assert.deepEqual((await me(body.token)).body, user);
  });

  it('tells a wrong password, an unknown name and a deactivated user apart by nothing', async () => {
    const [user, gone] = await Promise.all([addUser(), addUser()]);
    await users.changeUser(gone.id, { active: false });
    const answers = [
      await login(user.username, 'wrong'),
      await login('nobody-of-this-name', PASSWORD),
      await login(gone.username, PASSWORD),
    ];
    for (const { status, body } of answers) {
      assert.equal(status, 401);
      assert.deepEqual(body, answers[0]!.body);
      assert.equal(body.detail, 'Username or password is wrong');
    }
  });

  it('works as long for a name that does not exist as for one that does', async () => {
    const user = await addUser();
    const timed = async (username: string) => {
      const started = performance.now();
      await login(username, 'wrong');
      return performance.now() - started;
    };
    const [known, unknown] = [[] as number[], [] as number[]];
    for (let round = 0; round < 4; round += 1) {
      known.push(await timed(user.username));
      unknown.push(await timed(`nobody-${round}`));
    }
    // The least of several is the work itself; the rest is what else the machine did.
    const ratio = Math.min(...unknown) / Math.min(...known);
    assert.ok(ratio > 0.25 && ratio < 4, `${unknown} against ${known}`);
  });

  it('asks for both fields, as text', async () => {
    for (const body of [
      {},
      null,
      [],
      { username: 'a' },
      { username: ['a'], password: 'b' },
      { username: 'a', password: { $ne: '' } },
    ]) {
      const answer = await call(null, 'POST', '/api/auth/login', body, { 'x-forwarded-for': `203.0.113.${++address}` });
      assert.equal(answer.status, 400, JSON.stringify(body));
    }
    assert.equal((await login('a', 'b'.repeat(1001))).status, 400);
    assert.equal((await login('a\u0000b', 'b')).status < 500, true);
  });

  it('is limited by address', async () => {
    const from = '192.0.2.1';
    for (let attempt = 0; attempt < 4; attempt += 1) assert.equal((await login(`x${attempt}`, 'y', from)).status, 401);
    const refused = await login('x5', 'y', from);
    assert.equal(refused.status, 429);
    assert.equal(refused.body.code, 'RATE_LIMITED');
    assert.ok(refused.body.retryAfterMs > 0 && refused.body.retryAfterMs <= 60_000);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal((await login('x6', 'y', '192.0.2.2')).status, 401);
  });

  it('is limited by name, from however many addresses and in whatever case', async () => {
    const user = await addUser();
    for (const name of [user.username, user.username.toUpperCase(), ` ${user.username} `, user.username])
      assert.equal((await login(name, 'wrong')).status, 401);
    assert.equal((await login(user.username, PASSWORD)).status, 429);
    const other = await addUser();
    assert.equal((await login(other.username, PASSWORD)).status, 200);
  });

  it('believes only the last proxy about the address', async () => {
    for (let attempt = 0; attempt < 4; attempt += 1) await login(`z${attempt}`, 'y', `10.9.9.${attempt}, 192.0.2.9`);
    assert.equal((await login('z5', 'y', '10.9.9.77, 192.0.2.9')).status, 429);
  });
});

describe('refreshing', () => {
  const refresh = (token: string) => call(token, 'POST', '/api/auth/refresh');

  it('gives a new token with the rights in force now', async () => {
    const user = await addUser();
    const { body } = await login(user.username, PASSWORD);
    await users.changeUser(user.id, { role: 'admin' });
    const until = Date.now() + 10_000;
    while ((await me(body.token)).body.role !== 'admin')
      assert.ok(Date.now() < until, 'the old role is still in force');
    const answer = await refresh(body.token);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.user.role, 'admin');
    assert.equal((await me(answer.body.token)).status, 200);
  });

  it("does not renew another issuer's token", async () => {
    assert.equal((await refresh(foreign(claimsOf({ sub: 'f-2' })))).status, 403);
  });

  it('renews nothing that is not valid', async () => {
    assert.equal((await refresh(tokenFor(ana, -1))).status, 401);
  });

  it('ends for a user who was deactivated', async () => {
    const user = await addUser();
    const { body } = await login(user.username, PASSWORD);
    await users.changeUser(user.id, { active: false });
    const until = Date.now() + 10_000;
    while ((await refresh(body.token)).status !== 401) assert.ok(Date.now() < until, 'still valid after 10 s');
    assert.equal((await me(body.token)).status, 401);
  });
});
