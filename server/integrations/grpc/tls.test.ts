import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { grpcCaller } from '../../testing/grpc.ts';
import { api } from '../../testing/http.ts';
import { person, tokenFor } from '../../testing/people.ts';
import { freePort, type Spawned, spawnServer } from '../../testing/server.ts';

const OPENSSL = '/usr/bin/openssl';
const vera = person({ role: 'vendor', companyId: 'acme' });

describe('gRPC with certificates', { skip: existsSync(OPENSSL) ? false : `${OPENSSL} is not installed` }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybeat-tls-'));
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const databases: TestDatabase[] = [];
  const servers: Spawned[] = [];
  let grpcPort: number;

  before(async () => {
    execFileSync(
      OPENSSL,
      // biome-ignore format: a command line reads better in one piece
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
        '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
      { stdio: 'ignore' },
    );
    grpcPort = await freePort();
    const [home, gateway] = [await createTestDatabase(), await createTestDatabase()];
    databases.push(home, gateway);
    const oneLine = (path: string) => readFileSync(path, 'utf8').replaceAll('\n', '\\n');
    servers.push(
      await spawnServer({
        database: home,
        env: { GRPC_PORT: String(grpcPort), GRPC_TLS_CERT: oneLine(certificate), GRPC_TLS_KEY: oneLine(key) },
      }),
      await spawnServer({
        database: gateway,
        env: { VENDOR_SERVICE_URL: `localhost:${grpcPort}`, GRPC_TLS_CA: oneLine(certificate) },
      }),
    );
  });
  after(async () => {
    for (const server of servers) await server.kill();
    for (const database of databases) await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('answers who trusts them, also a gateway, and nobody who speaks no TLS', async () => {
    const [service, gateway] = servers.map(({ url }) => api(url));
    const { id } = (await service!(vera, 'POST', '/api/vendors', { name: 'Cart' })).body;
    const trusting = grpcCaller(grpcPort, { ca: certificate, host: 'localhost' });
    const plain = grpcCaller(grpcPort, { host: 'localhost' });
    assert.equal((await trusting.call('GetVendor', { vendorId: id }, tokenFor(vera))).body.name, 'Cart');
    assert.equal((await plain.call('GetVendor', { vendorId: id }, tokenFor(vera), 2_000)).code, 'UNAVAILABLE');
    const read = await gateway!(vera, 'GET', `/api/vendors/${id}`);
    assert.deepEqual([read.status, read.body.name], [200, 'Cart']);
    trusting.close();
    plain.close();
  });
});
