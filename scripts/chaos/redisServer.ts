import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './node.ts';

/** A Redis of our own, since a fault run kills it, freezes it and empties it. */

/** Whether this machine has the program. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

export type RedisServer = {
  port: number;
  start: () => Promise<void>;
  kill: () => Promise<void>;
  freeze: () => void;
  thaw: () => void;
  /** Sends one command over a connection of its own. */
  command: (name: string, ...args: string[]) => Promise<void>;
};

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });

/** A server that keeps nothing on disk, not started yet. */
export const createRedisServer = async (): Promise<RedisServer> => {
  const port = await freePort();
  let child: ChildProcess | undefined;
  return {
    port,
    start: async () => {
      child = spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
        {
          stdio: 'ignore',
        },
      );
      children.add(child);
      for (let tries = 0; !(await answers(port)); tries += 1) {
        if (tries > 200) throw new Error('redis-server did not answer within 10 s');
        await wait(50);
      }
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      children.delete(child);
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    command: async (name, ...args) => {
      const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1 });
      try {
        await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
  };
};
