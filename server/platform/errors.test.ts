import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { z } from 'zod';
import { AckError, ERROR_STATUS, type ErrorCode, Problem } from '../contract/common.ts';
import * as errors from './errors.ts';

process.env.LOG_LEVEL = 'silent';
const { errorHandler, unknownRoute } = await import('./http.ts');

const { AppError, toAckError, toAppError, toProblem } = errors;
const codes = Object.keys(ERROR_STATUS) as ErrorCode[];

/** What the database throws: its message quotes the statement's values, its fields the schema. */
const databaseError = () =>
  Object.assign(new Error('duplicate key value violates unique constraint "users_sign_in"'), {
    code: '23505',
    detail: 'Key (lower(username))=(ada) already exists.',
    table: 'users',
    query: 'insert into users (id, username) values ($1, $2)',
  });
const LEAKS = /duplicate|users_sign_in|insert into|at .*\.ts|node_modules|ada\b|stack|SELECT/i;

describe('a problem document', () => {
  for (const code of codes)
    it(`for ${code} fits the contract, with its status`, () => {
      const problem = toProblem(new AppError(code, 'Seat 12 is already taken'));
      assert.deepEqual(Problem.parse(problem), problem);
      assert.equal(problem.status, ERROR_STATUS[code]);
      assert.equal(problem.code, code);
      assert.equal(problem.detail, 'Seat 12 is already taken');
      assert.match(problem.type, /^urn:waybeat:problem:[a-z-]+$/);
      assert.notEqual(problem.title, '');
      assert.ok(!('errors' in problem) && !('retryAfterMs' in problem));
    });

  it('names the fields that are wrong', () => {
    const shape = z.object({ poNumber: z.string(), items: z.array(z.object({ quantity: z.number() })) });
    const { error } = shape.safeParse({ items: [{ quantity: 'many' }] });
    const problem = toProblem(toAppError(error));
    assert.equal(problem.code, 'BAD_REQUEST');
    assert.deepEqual(
      problem.errors?.map(({ path }) => path),
      ['poNumber', 'items.0.quantity'],
    );
    assert.match(problem.detail, /poNumber: /);
  });

  it('stays short however many fields are wrong', () => {
    const { error } = z.array(z.string()).safeParse(Array.from({ length: 5_000 }, () => 1));
    assert.equal(toProblem(toAppError(error)).errors?.length, 20);
  });

  it('says when to try again, in whole milliseconds', () => {
    assert.equal(toProblem(errors.rateLimited(1499.2)).retryAfterMs, 1500);
    assert.ok(toProblem(errors.unavailable()).retryAfterMs! > 0);
  });
});

describe('the error of an ack', () => {
  for (const code of codes)
    it(`for ${code} fits the contract`, () => {
      const error = toAckError(new AppError(code, 'Seat 12 is already taken'));
      assert.deepEqual(AckError.parse(error), error);
      assert.deepEqual(error, { code, message: 'Seat 12 is already taken' });
    });

  it('carries fields and retry time as details', () => {
    const { error } = z.object({ shipmentId: z.string() }).safeParse({});
    const details = toAckError(toAppError(error)).details as { errors: { path: string }[] };
    assert.equal(details.errors[0]?.path, 'shipmentId');
    assert.deepEqual(toAckError(errors.rateLimited(2000)).details, { retryAfterMs: 2000 });
  });
});

describe('what is thrown', () => {
  const strange: [string, unknown][] = [
    ['an error of the database', databaseError()],
    ['a programming error', new TypeError("Cannot read properties of undefined (reading 'ada')")],
    ['a string', 'SELECT secret'],
    ['undefined', undefined],
    ['null', null],
    ['an object', { message: 'insert into users', status: 200 }],
    ['an error with a status that is none', Object.assign(new Error('ada'), { status: 'teapot' })],
    ['an error with a server status', Object.assign(new Error('ada'), { status: 502 })],
  ];
  for (const [what, thrown] of strange)
    it(`${what} becomes INTERNAL, which tells nothing of it, and keeps the cause for the log`, () => {
      const error = toAppError(thrown);
      assert.equal(error.code, 'INTERNAL');
      assert.equal(error.cause, thrown);
      assert.doesNotMatch(JSON.stringify(toProblem(error)), LEAKS);
      assert.doesNotMatch(JSON.stringify(toAckError(error)), LEAKS);
    });

  it('an error of ours passes as it is', () => {
    const error = errors.conflict('Seat 12 is already taken');
    assert.equal(toAppError(error), error);
  });

  for (const fault of [
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
    Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
  ])
    it(`“${fault.message}” becomes UNAVAILABLE, without the address`, () => {
      const error = toAppError(fault);
      assert.equal(error.code, 'UNAVAILABLE');
      assert.doesNotMatch(JSON.stringify(toProblem(error)), /10\.0\.0\.1|terminat|connect E|device/);
    });

  it('absent and not yours read the same', () => {
    assert.equal(errors.notFound('Shipment').message, 'Shipment not found');
    assert.equal(toProblem(errors.notFound('Shipment')).status, 404);
  });
});

describe('over HTTP', () => {
  const app = express();
  app.use(express.json({ limit: 100 }));
  app.post('/echo', (request, response) => {
    response.json(request.body);
  });
  app.get('/database', () => Promise.reject(databaseError()));
  app.get('/limit', () => {
    throw errors.rateLimited(1500);
  });
  app.get('/token', () => {
    throw errors.unauthenticated();
  });
  app.get('/half', (_request, response) => {
    response.write('half');
    throw databaseError();
  });
  app.use(unknownRoute);
  app.use(errorHandler);
  const server = app.listen(0);
  let url = '';
  before(async () => {
    if (!server.listening) await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const problemOf = async (response: Response) => {
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const text = await response.text();
    assert.doesNotMatch(text, LEAKS);
    return Problem.parse(JSON.parse(text));
  };
  const post = (body: string) =>
    fetch(`${url}/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  it('an unexpected error answers 500 and leaks neither statement nor stack', async () => {
    const response = await fetch(`${url}/database`);
    assert.equal(response.status, 500);
    assert.equal((await problemOf(response)).code, 'INTERNAL');
  });

  it('an unknown address answers 404 as a problem', async () => {
    const response = await fetch(`${url}/nothing`);
    assert.equal(response.status, 404);
    assert.equal((await problemOf(response)).code, 'NOT_FOUND');
  });

  it('a limit says when to come back', async () => {
    const response = await fetch(`${url}/limit`);
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '2');
    assert.equal((await problemOf(response)).retryAfterMs, 1500);
  });

  it('a missing token is asked for', async () => {
    const response = await fetch(`${url}/token`);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  });

  it('JSON that is none answers 400', async () => {
    const response = await post('{"poNumber":');
    assert.equal(response.status, 400);
    assert.equal((await problemOf(response)).detail, 'The body is not valid JSON');
  });

  it('a body that is too large answers 413', async () => {
    const response = await post(JSON.stringify('x'.repeat(200)));
    assert.equal(response.status, 413);
    assert.equal((await problemOf(response)).code, 'TOO_LARGE');
  });

  it('an address that cannot be decoded answers 400', async () => {
    const response = await fetch(`${url}/%ff`);
    assert.ok([400, 404].includes(response.status), String(response.status));
    await problemOf(response);
  });

  it('a failure after half of the answer cuts the connection instead of pretending success', async () => {
    await assert.rejects(async () => (await fetch(`${url}/half`)).text());
  });
});
