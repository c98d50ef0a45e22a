import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startBalancer } from './cluster/balancer.ts';
import { endChildren, killChildren, lastLines, startServer } from './demo/childProcesses.ts';
import { LOADER, runnable } from './testing/runnable.ts';

/** Several nodes and a balancer on this machine, on a real PostgreSQL and Redis. Ctrl-C ends all of it. */

const USAGE = `npm run cluster -- [options]
  --nodes N          two or three nodes, default 2
  --port P           where the balancer listens, default 5001; the nodes take the ports after it
  --database-url U   default $DATABASE_URL, else a database "waybeat_cluster" on the local PostgreSQL
  --redis-url U      default $REDIS_URL, else redis://127.0.0.1:6379; "off" for none
Make sign-ins with: DATABASE_URL=… npm run user -- add …`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '2' },
    port: { type: 'string', default: '5001' },
    'database-url': { type: 'string' },
    'redis-url': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const count = Number(values.nodes);
const port = Number(values.port);
if (values.help || !Number.isInteger(count) || count < 1 || count > 8 || !Number.isInteger(port)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const LOCAL = 'postgresql://postgres@127.0.0.1:5432/waybeat_cluster';

/** Makes the local database where it is not there yet. */
const prepare = async (): Promise<string> => {
  const given = values['database-url'] ?? process.env.DATABASE_URL;
  if (given) return given;
  const admin = new pg.Client({ connectionString: new URL('/postgres', LOCAL).href });
  await admin.connect();
  try {
    await admin.query('create database waybeat_cluster');
  } catch (error) {
    // 42P04: it is there already.
    if ((error as { code?: string }).code !== '42P04') throw error;
  } finally {
    await admin.end();
  }
  return LOCAL;
};

const redisUrl = values['redis-url'] ?? process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const logs = mkdtempSync(join(tmpdir(), 'waybeat-cluster-'));
process.on('exit', killChildren);

const untilReady = async (node: number, logFile: string, exited: () => boolean) => {
  const until = Date.now() + 60_000;
  for (;;) {
    const ok = await fetch(`http://127.0.0.1:${node}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (exited() || Date.now() > until)
      throw new Error(`The node on port ${node} did not become ready:\n${lastLines(logFile, 12)}`);
    await pause(100);
  }
};

const run = async () => {
  const databaseUrl = await prepare();
  const secret = process.env.JWT_SECRET ?? randomBytes(32).toString('hex');
  const nodes = Array.from({ length: count }, (_, index) => ({ name: `node-${index + 1}`, port: port + 1 + index }));
  const started = await Promise.all(
    nodes.map(async ({ name, port: own }) => {
      const logFile = join(logs, `${name}.log`);
      const env = {
        ...process.env,
        PORT: String(own),
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl === 'off' ? '' : redisUrl,
        JWT_SECRET: secret,
        TRUST_PROXY: '1',
      };
      const child = startServer({ env, arguments: [...LOADER, runnable('server/index.ts')] }, logFile);
      await untilReady(own, logFile, () => child.exitCode !== null || child.signalCode !== null);
      return { name, own, pid: child.pid, logFile };
    }),
  );
  const balancer = await startBalancer(port, nodes);
  console.log(`\nWaybeat on ${count} nodes: http://localhost:${port}\n`);
  for (const { name, own, pid, logFile } of started)
    console.log(`  ${name}  http://localhost:${own}  pid ${pid}  log ${logFile}`);
  console.log(`\n  database ${databaseUrl}\n  Redis    ${redisUrl}\n\nCtrl-C ends all of it.`);
  let ending = false;
  const end = async () => {
    if (ending) process.exit(130);
    ending = true;
    await endChildren(28_000);
    balancer.close();
    process.exit(0);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
};

run().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
