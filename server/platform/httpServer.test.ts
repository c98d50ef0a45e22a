import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import express from 'express';
import { LOADER, runnable } from '../../scripts/testing/runnable.ts';
import { createHttpServer } from './httpServer.ts';

describe('the HTTP server', () => {
  const app = express();
  let server: Server;
  let born: (object | null)[] = [];
  let handled: (object | null)[] = [];
  let kinds = {};
  const prototypes = (...messages: object[]) => messages.map((message) => Object.getPrototypeOf(message));
  before(async () => {
    app.use(express.json());
    app.post('/things/:id', (request, response) => {
      handled = prototypes(request, response);
      kinds = { request: request instanceof IncomingMessage, response: response instanceof ServerResponse };
      const { app: own, hostname, params, query, body } = request;
      response
        .status(201)
        .location('/there')
        .json({ isOwn: own === app, hostname, id: params.id, query, body });
    });
    server = createHttpServer(app);
    server.prependListener('request', (request, response) => {
      born = prototypes(request, response);
    });
    server.listen(0);
    await once(server, 'listening');
  });
  after(() => server.close());

  const post = () =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/things/7?side=left`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"seven"}',
    });

  it('leaves Express no prototype to change, so that requests share their hidden classes', async () => {
    await post();
    assert.equal(born[0], handled[0]);
    assert.equal(born[1], handled[1]);
    const first = handled;
    await post();
    assert.deepEqual(handled, first);
  });

  it('serves what Express and Node know of a request and a response', async () => {
    const answer = await post();
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('location'), '/there');
    assert.deepEqual(await answer.json(), {
      isOwn: true,
      hostname: '127.0.0.1',
      id: '7',
      query: { side: 'left' },
      body: { name: 'seven' },
    });
    assert.deepEqual(kinds, { request: true, response: true });
  });
});

/** Twice as many as Node lets wait by itself. */
const CROWD = 1_000;
const LIMIT = '/proc/sys/net/core/somaxconn';
const SYSTEM = existsSync(LIMIT) ? Number(readFileSync(LIMIT, 'utf8')) : 0;

it('the HTTP server lets a crowd in that comes while it is busy', {
  skip: SYSTEM < CROWD && `the system lets only ${SYSTEM} wait (net.core.somaxconn)`,
}, async () => {
  const address = pathToFileURL(runnable('server/platform/httpServer.ts')).href;
  const script = `const { listen } = await import(${JSON.stringify(address)});
    const { createServer } = await import('node:http');
    console.log(await listen(createServer(), 0));`;
  const child = spawn(process.execPath, [...LOADER, '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sockets: Socket[] = [];
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGSTOP');
    // Whoever finds no room is not let in for as long as the server stands still.
    const signal = AbortSignal.timeout(20_000);
    setMaxListeners(CROWD, signal);
    for (let n = 0; n < CROWD; n += 1) sockets.push(connect(Number(String(port)), '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect', { signal })));
    assert.equal(sockets.filter(({ pending }) => !pending).length, CROWD);
  } finally {
    for (const socket of sockets) socket.on('error', () => {}).destroy();
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
