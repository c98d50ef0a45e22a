import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { api } from '../testing/http.ts';
import { TEST_SECRET } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect } from '../testing/sockets.ts';

const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'waybeat';
const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  unknown: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const jwk = (key: KeyObject, kid: string, alg: string) => ({ ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' });

/** What the issuer does when asked for its keys. */
let behaviour: 'serve' | 'fail' | 'nonsense' = 'fail';
let asked = 0;
let issuer: Server;
let server: TestServer;
let call: ReturnType<typeof api>;

const claims = (fields: object = {}) => ({
  sub: 'f-1',
  role: 'operator',
  iss: ISSUER,
  aud: AUDIENCE,
  exp: Math.floor(Date.now() / 1000) + 3600,
  ...fields,
});
const rs256 = (fields: object = {}, kid = 'r1', key = keys.rsa.privateKey) =>
  jwt.sign(claims(fields), key, { algorithm: 'RS256', keyid: kid });
const es256 = (fields: object = {}) =>
  jwt.sign(claims(fields), keys.ec.privateKey, { algorithm: 'ES256', keyid: 'e1' });
const me = (token: string) => call(token, 'GET', '/api/auth/me');

before(async () => {
  issuer = createServer((_request, response) => {
    asked += 1;
    if (behaviour === 'fail') return response.writeHead(502).end('bad gateway');
    if (behaviour === 'nonsense') return response.writeHead(200).end('<html>');
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ keys: [jwk(keys.rsa.publicKey, 'r1', 'RS256'), jwk(keys.ec.publicKey, 'e1', 'ES256')] }),
    );
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const { port } = issuer.address() as AddressInfo;
  server = await startTestServer({
    env: { JWKS_URL: `http://127.0.0.1:${port}/keys`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
  call = api(server.url);
});
after(async () => {
  await server.stop();
  issuer.close();
});

describe('keys of another issuer', () => {
  // First of all: later on they are remembered.
  for (const state of ['fail', 'nonsense'] as const)
    it(`sign nobody out while the issuer answers with ${state}: 503, and our own tokens go on`, async () => {
      behaviour = state;
      const answer = await me(rs256());
      assert.equal(answer.status, 503, JSON.stringify(answer.body));
      assert.equal(answer.body.code, 'UNAVAILABLE');
      assert.ok(answer.headers.get('retry-after'));
      await assert.rejects(connect(server.url, rs256()), (error: Error & { data?: { code: string } }) => {
        assert.equal(error.data?.code, 'UNAVAILABLE');
        return true;
      });
      assert.equal((await me(jwt.sign(claims(), TEST_SECRET))).status, 200);
    });

  it('are read from its key set, RS256 and ES256, over HTTP and sockets', async () => {
    behaviour = 'serve';
    assert.equal((await me(rs256())).body.id, 'f-1');
    assert.equal((await me(es256({ sub: 'f-2' }))).body.id, 'f-2');
    assert.ok((await connect(server.url, es256())).connected);
  });

  it('are read once, however many ask and whatever key a token names', async () => {
    asked = 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => me(rs256({}, `unknown-${n}`, keys.unknown.privateKey))),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
    assert.ok(asked <= 1, `asked ${asked} times`);
    assert.equal((await me(rs256())).status, 200);
  });

  it('do not verify what another key signed under their name', async () => {
    assert.equal((await me(rs256({}, 'r1', keys.unknown.privateKey))).status, 401);
  });

  it('do not serve as a secret', async () => {
    const pem = keys.rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const secret = Buffer.from(pem);
    const confused = jwt.sign(claims(), secret, { algorithm: 'HS256', keyid: 'r1' });
    assert.equal((await me(confused)).status, 401);
  });
});

describe('issuer and audience', () => {
  for (const [name, fields] of [
    ['another audience', { aud: 'another-service' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['no issuer', { iss: undefined }],
  ] as const) {
    it(`must fit: ${name} is refused, whoever signed`, async () => {
      const plain = JSON.parse(JSON.stringify(claims(fields)));
      for (const token of [
        jwt.sign(plain, TEST_SECRET),
        jwt.sign(plain, keys.rsa.privateKey, { algorithm: 'RS256', keyid: 'r1' }),
      ]) {
        const answer = await me(token);
        assert.equal(answer.status, 401);
        assert.equal(answer.body.detail, 'Invalid or expired token');
        await assert.rejects(connect(server.url, token), /Invalid or expired token/);
      }
    });
  }

  it('may be one of several audiences', async () => {
    assert.equal((await me(rs256({ aud: ['other', AUDIENCE] }))).status, 200);
  });

  it('are in the tokens that we sign', async () => {
    const { addUser } = await import('./users.ts');
    const { hashPassword } = await import('./passwords.ts');
    const passwordHash = await hashPassword('open sesame please');
    await addUser({ username: 'own', role: 'admin', companyId: 'acme', shopIds: [], passwordHash });
    const { body } = await call(null, 'POST', '/api/auth/login', { username: 'own', password: 'open sesame please' });
    assert.equal((await me(body.token)).body.username, 'own');
  });
});
