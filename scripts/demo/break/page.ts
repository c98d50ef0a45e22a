import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import type { Choice } from './faults.ts';
import type { Runs } from './runs.ts';

/**
 * The page that breaks the demo: an HTTP listener of the demo's own process, on this machine only. The server knows
 * nothing of it, so a server in production has no route that could break it.
 */

const MAX_SECONDS = 60;

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../../client/public', import.meta.url));

/** Names that lead to this machine only: with any other a page elsewhere had its own name point here (DNS rebinding). */
const OWN_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

const refuse = (status: number, detail: string) => Object.assign(new Error(detail), { status });

const onlyFromHere: RequestHandler = ({ headers: { host = '', origin } }, _response, next) => {
  if (!OWN_NAMES.has(host.replace(/:\d+$/, ''))) throw refuse(403, 'This page answers to localhost only');
  // Browsers say where a request comes from; a program that does not is on this machine, and could break more by itself.
  if (origin !== undefined && origin !== `http://${host}`) throw refuse(403, 'Another page may not break this demo');
  next();
};

const askedOf = (choices: Choice[]) =>
  z.object({
    fault: z.enum(choices.map(({ fault }) => fault.name)),
    seed: z.int().min(1).max(4_294_967_295),
    seconds: z.int().min(1).max(MAX_SECONDS),
  });

const answerErrors: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof z.ZodError) {
    const detail = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
    return void response.status(400).json({ detail });
  }
  response.status(error.status ?? 500).json({ detail: error.message });
};

/** `address`: of the dashboard, for the page's links. */
export const createPage = (choices: Choice[], runs: Runs, address: string): Express => {
  const Asked = askedOf(choices);
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.use(onlyFromHere);
  app.use(express.static(PAGE));
  app.get('/favicon.svg', (_request, response) => response.sendFile('favicon.svg', { root: DASHBOARD }));

  const offered = choices.map(({ fault: { name, seconds }, label, explains }) => ({ name, label, explains, seconds }));
  app.get('/state', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    const write = () => {
      // One page that reads slowly gets the next state instead of all.
      if (response.writableNeedDrain) return;
      const state = { now: Date.now(), address, maxSeconds: MAX_SECONDS, choices: offered, run: runs.current() };
      response.write(`data: ${JSON.stringify(state)}\n\n`);
    };
    write();
    request.once('close', runs.subscribe(write));
  });

  app.post('/runs', express.json({ limit: '1kb' }), (request, response) => {
    const run = runs.start(Asked.parse(request.body));
    if (!run) throw refuse(409, 'Something is being broken already: wait for its proof');
    response.status(202).json({ fault: run.fault, seed: run.seed, seconds: run.seconds });
  });

  app.use((_request, response) => void response.status(404).json({ detail: 'There is nothing here' }));
  app.use(answerErrors);
  return app;
};

/** Listens on this machine only, on `port` or, where that is taken, on any. Answers the server. */
export const listenHere = async (app: Express, port: number): Promise<{ server: Server; port: number }> => {
  const server = createServer(app);
  const attempt = async (wanted: number) => once(server.listen(wanted, '127.0.0.1'), 'listening');
  await attempt(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'ERR_SOCKET_BAD_PORT') throw error;
    return attempt(0);
  });
  return { server, port: (server.address() as AddressInfo).port };
};
