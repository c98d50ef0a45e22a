import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { Choice } from './faults.ts';
import { createPage, listenHere } from './page.ts';
import { makeRuns, type Runs } from './runs.ts';

/** Who may break the demo, and with what. The stage is one that cannot be opened: nothing is broken here. */

const choices: Choice[] = [
  {
    fault: { name: 'plug', title: 'the plug pulled', seconds: 1, break: async () => async () => {} },
    label: 'Pull the plug',
    explains: 'All of it.',
  },
];
const asked = { fault: 'plug', seed: 7, seconds: 1 };

describe('the page that breaks the demo', () => {
  let server: Server;
  let runs: Runs;
  let fail: (error: Error) => void;
  const own = () => {
    const { port } = server.address() as { port: number };
    return `http://localhost:${port}`;
  };
  /** By hand, since `fetch` would write Host and Origin itself. */
  const ask = async (path: string, options: RequestOptions, body?: string) => {
    const sent = request(own() + path, options).end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const content = await text(answer);
    return { status: answer.statusCode, headers: answer.headers, content };
  };
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const { status, content } = await ask(
      '/runs',
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      typeof body === 'string' ? body : JSON.stringify(body),
    );
    return { status, detail: (JSON.parse(content) as { detail?: string }).detail ?? '' };
  };

  before(async () => {
    runs = makeRuns(
      choices,
      () => new Promise((_resolve, reject) => (fail = reject)),
      () => {},
    );
    ({ server } = await listenHere(createPage(choices, runs, 'http://localhost:5001'), 0));
  });
  after(() => server.close());

  it('refuses a page from elsewhere, also one whose own name leads to this machine', async () => {
    const foreign = await post(asked, { Origin: 'https://example.com' });
    assert.equal(foreign.status, 403);
    assert.match(foreign.detail, /Another page/);
    const otherPort = await post(asked, { Origin: 'http://localhost:5001' });
    assert.equal(otherPort.status, 403, 'not even the dashboard');
    const opaque = await post(asked, { Origin: 'null' });
    assert.equal(opaque.status, 403);
    const rebound = await post(asked, { Host: 'example.com', Origin: 'http://example.com' });
    assert.equal(rebound.status, 403);
    assert.match(rebound.detail, /localhost only/);
    const form = await post('fault=plug&seed=7&seconds=1', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.equal(form.status, 400, 'a form needs no permission of the browser to be sent anywhere');
    assert.equal(runs.current(), null, 'nothing was broken');
  });

  it('answers what is wrong with a request, each with its name', async () => {
    for (const [body, name] of [
      [{ ...asked, fault: 'earthquake' }, /^fault: .*plug/],
      [{ ...asked, seed: 'x' }, /^seed: /],
      [{ ...asked, seconds: 61 }, /^seconds: /],
      [{ ...asked, seconds: 0.5 }, /^seconds: /],
      ['{', /JSON/],
    ] as const) {
      const answer = await post(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(answer.detail, name);
    }
    assert.equal((await ask('/nothing', {})).status, 404);
    assert.equal(runs.current(), null);
  });

  it('serves a page that no other page may frame, and that loads nothing from elsewhere', async () => {
    const answer = await ask('/', {});
    assert.equal(answer.status, 200);
    assert.match(answer.content, /Break it/);
    assert.match(String(answer.headers['content-security-policy']), /default-src 'self'.*frame-ancestors 'self'/);
  });

  it('breaks one thing at a time, says so when a run cannot be finished, and then breaks the next', async () => {
    assert.equal((await post(asked, { Origin: own() })).status, 202);
    assert.equal((await post(asked)).status, 409);
    const failed = new Promise<void>((resolve) => {
      const stop = runs.subscribe(() => {
        if (runs.current()!.phase !== 'failed') return;
        stop();
        resolve();
      });
    });
    fail(new Error('the stage burnt down'));
    await failed;
    assert.equal(runs.current()!.proof, null);
    assert.match(runs.current()!.error!, /burnt down/);
    assert.equal((await post(asked)).status, 202);
  });
});
