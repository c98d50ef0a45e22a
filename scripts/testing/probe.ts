import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import pg from 'pg';
import { type ServiceName, USUAL_ADDRESS, VARIABLE } from '../../server/testing/services.ts';

const PATIENCE_MS = 3_000;

/** Sends `hello` to host and port of an address and answers whether the reply starts as it should. */
const replies = (
  address: string,
  usualPort: number,
  hello: string,
  isReply: (text: string) => boolean,
): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(address);
    const socket = createConnection({ host: hostname, port: Number(port) || usualPort });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('connect', () => socket.write(hello, 'latin1'));
    socket.once('data', (data) => end(isReply(data.toString('latin1'))));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });

const answers: Record<ServiceName, (address: string) => Promise<boolean>> = {
  postgres: async (address) => {
    const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: PATIENCE_MS });
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false; // whatever the cause, tests cannot use it; the caller says so by name and address
    } finally {
      await client.end().catch(() => {});
    }
  },
  // A server that wants a password is a server too: what matters is that Redis speaks there.
  redis: (address) => replies(address, 6379, 'PING\r\n', (text) => /^(\+PONG|-NOAUTH)/.test(text)),
  // AMQP 0-9-1: to the protocol header the broker answers with a method frame, whose type is 1.
  rabbitmq: (address) => replies(address, 5672, 'AMQP\x00\x00\x09\x01', (text) => text.startsWith('\x01')),
  chromium: async (path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  // One that is there without the modules is of no use.
  'python3-socketio': (path) =>
    promisify(execFile)(path, ['-c', 'import socketio, aiohttp, websocket, requests']).then(
      () => true,
      () => false,
    ),
};

export type Service = { name: ServiceName; address: string; present: boolean };

/** Asks each service that tests can use, at the address in its variable or the usual one, whether it is there. */
export const findServices = (environment: Record<string, string | undefined>): Promise<Service[]> =>
  Promise.all(
    (Object.keys(answers) as ServiceName[]).map(async (name) => {
      const given = name === 'postgres' ? environment.TEST_DATABASE_URL : undefined;
      const address = environment[VARIABLE[name]] || given || USUAL_ADDRESS[name];
      return { name, address, present: await answers[name](address) };
    }),
  );
