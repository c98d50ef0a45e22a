import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { person, TEST_SECRET, tokenFor } from '../../server/testing/people.ts';
import { freePortsInARow } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { closeSockets, connect, nextEvent } from '../../server/testing/sockets.ts';
import { LOADER, runnable } from '../testing/runnable.ts';

const ana = person({ role: 'operator', companyId: 'acme' });

describe('npm run cluster', needs('postgres', 'redis'), () => {
  it('serves through one address what several nodes do, and ends with all of them', async () => {
    const database = await createTestDatabase();
    const port = await freePortsInARow(3);
    const child = spawn(
      process.execPath,
      [...LOADER, runnable('scripts/cluster.ts'), '--port', String(port), '--redis-url', serviceUrl('redis')],
      {
        env: {
          ...process.env,
          ...database.env,
          JWT_SECRET: TEST_SECRET,
          REDIS_PREFIX: `${database.env.DATABASE_URL}:`,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      let said = '';
      for await (const chunk of child.stdout) {
        said += chunk;
        if (said.includes('Ctrl-C')) break;
      }
      assert.match(said, /node-1 .*\n.*node-2 /);
      const url = `http://127.0.0.1:${port}`;
      const nodes = [`http://127.0.0.1:${port + 1}`, `http://127.0.0.1:${port + 2}`];
      const sockets = await Promise.all([url, ...nodes].map((address) => connect(address, tokenFor(ana))));
      for (const address of nodes) {
        const heard = Promise.all(
          sockets.map((socket) => nextEvent<{ shipmentId: string }>(socket, 'shipment:created')),
        );
        const { status, body } = await api(address)(ana, 'POST', '/api/shipments', { poNumber: `PO at ${address}` });
        assert.equal(status, 201);
        for (const { shipmentId } of await heard) assert.equal(shipmentId, body.id);
      }
      closeSockets();
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exit, [0, null]);
      for (const address of nodes) await assert.rejects(fetch(`${address}/health/live`));
    } finally {
      closeSockets();
      child.kill('SIGKILL');
      await database.drop();
    }
  });
});
