import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { person, tokenFor } from '../testing/people.ts';
import { freePort, startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const missing = spawnSync('redis-server', ['--version']).status !== 0;

describe('a node whose Redis is frozen', { skip: missing && 'needs redis-server' }, () => {
  const PENDING = 20;
  let redisServer: ChildProcess;
  let server: TestServer;
  before(async () => {
    const port = await freePort();
    redisServer = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
      stdio: 'ignore',
    });
    server = await startTestServer({
      env: { REDIS_URL: `redis://127.0.0.1:${port}`, HINTS_MAX_PENDING: String(PENDING) },
    });
    const { redis } = await import('../platform/redis.ts');
    while (redis!.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));
    await redis!.ping();
  });
  after(async () => {
    redisServer?.kill('SIGKILL');
    await server?.stop();
  });

  it('keeps a bounded number of messages for the others, counts what it drops, and serves its own as ever', async () => {
    const { publishEphemeral } = await import('./ephemeral.ts');
    const { hintsDropped } = await import('../platform/metrics.ts');
    const dropped = async () =>
      (await hintsDropped.get()).values.find(({ labels }) => labels.kind === 'ephemeral')?.value ?? 0;
    const socket = await connect(server.url, tokenFor(ana));
    assert.equal(await dropped(), 0);
    redisServer.kill('SIGSTOP');
    const last = nextEvent(socket, 'test:moved', {
      matches: ({ n }: { n: number }) => n === 999,
      milliseconds: 30_000,
    });
    for (let n = 0; n < 1_000; n += 1)
      publishEphemeral({
        namespace: '/',
        rooms: [`user:${ana.id}`],
        type: 'test:moved',
        entity: 'cart',
        fields: { n },
      });
    // All but those that may wait, at once.
    assert.equal(await dropped(), 1_000 - PENDING);
    await last;
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /waybeat_hints_dropped_total\{kind="ephemeral"\} \d+/);
    redisServer.kill('SIGCONT');
    const { redis } = await import('../platform/redis.ts');
    while (redis!.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));
    socket.disconnect();
  });
});
