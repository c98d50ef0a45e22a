import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type GrpcCaller, grpcCaller } from '../../testing/grpc.ts';
import { api } from '../../testing/http.ts';
import { person, tokenFor } from '../../testing/people.ts';
import { closeRaw, openRaw } from '../../testing/rawSockets.ts';
import { startTestServer, type TestServer } from '../../testing/server.ts';
import { ask, connect, nextEvent } from '../../testing/sockets.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const viktor = person({ role: 'vendor', companyId: 'rival' });
const carl = person({ role: 'customer' });

let server: TestServer;
let call: ReturnType<typeof api>;
let grpc: GrpcCaller;
before(async () => {
  server = await startTestServer({ env: { GRPC_PORT: '0', LOCATION_RATE_LIMIT: '200' } });
  call = api(server.url);
  grpc = grpcCaller(server.grpcPort!);
});
after(async () => {
  grpc.close();
  closeRaw();
  await server.stop();
});

const create = async (fields: object = {}) =>
  (await call(vera, 'POST', '/api/vendors', { name: 'Cart', description: 'hot', ...fields })).body as { id: string };
const token = tokenFor(vera);
const at = (lat: number, long: number) => ({ lat, long });

describe('vendors over gRPC', () => {
  it('are seen as through the other doors: one act, three witnesses', async () => {
    const { id } = await create();
    const [door, socket] = [
      await openRaw(server.url, '/ws/location', tokenFor(carl)),
      await connect(server.url, tokenFor(carl), { namespace: '/location' }),
    ];
    door.send('subscribe_location', { vendorId: id });
    await door.next('subscribed');
    await ask(socket, 'subscribe_location', { vendorId: id });
    const heard = nextEvent(socket, 'location_updated');
    const answer = await grpc.call('UpdateVendorLocation', { vendorId: id, location: at(0, -12.5) }, token);
    assert.equal(answer.code, 'OK', answer.details);
    assert.equal(answer.body.success, true);
    assert.deepEqual(answer.body.location.location, at(0, -12.5));
    assert.deepEqual((await door.next('location_updated')).data.location, at(0, -12.5));
    assert.deepEqual((await heard).location, at(0, -12.5));
    assert.deepEqual((await call(carl, 'GET', `/api/vendors/${id}`)).body.location, at(0, -12.5));
    const read = await grpc.call('GetVendorLocation', { vendorId: id }, tokenFor(carl));
    assert.deepEqual(read.body.location, at(0, -12.5));
    assert.ok(Math.abs(read.body.recordedAt.seconds - Date.now() / 1000) < 60);
  });

  it('change with a version that everybody follows', async () => {
    const { id } = await create();
    const door = await openRaw(server.url, '/ws/vendor', tokenFor(carl));
    door.send('subscribe_vendor', { vendorId: id });
    await door.next('subscribed');
    const answer = await grpc.call('UpdateVendor', { vendorId: id, isOpen: true, description: '' }, token);
    assert.equal(answer.code, 'OK', answer.details);
    const { name, description, isOpen, version, location } = answer.body;
    assert.deepEqual(
      { name, description, isOpen, version, location },
      { name: 'Cart', description: '', isOpen: true, version: 1, location: null },
    );
    const event = (await door.next('vendor_updated')).data;
    assert.equal(event.version, 1);
    assert.equal(event.vendor.isOpen, true);
    assert.equal(event.vendor.description, null);
    const read = await grpc.call('GetVendor', { vendorId: id }, tokenFor(carl));
    assert.equal(read.body.version, 1);
    assert.equal(read.body.ownerId, vera.id);
  });

  it('are found nearby', async () => {
    const { id } = await create();
    await grpc.call('UpdateVendorLocation', { vendorId: id, location: at(-40, 179.999) }, token);
    const answer = await grpc.call('NearbyVendors', { center: at(-40, -179.999), radiusMeters: 1_000 }, tokenFor(carl));
    assert.equal(answer.code, 'OK', answer.details);
    assert.deepEqual(
      answer.body.vendors.map(({ location }: { location: { vendorId: string } }) => location.vendorId),
      [id],
    );
    assert.ok(answer.body.vendors[0].distanceMeters < 200);
  });

  it('refuse callers who are nobody, somebody else, or not on earth', async () => {
    const { id } = await create();
    const report = (location: unknown, who?: string) =>
      grpc.call('UpdateVendorLocation', { vendorId: id, location }, who).then(({ code }) => code);
    assert.equal(await report(at(1, 1)), 'UNAUTHENTICATED');
    assert.equal(await report(at(1, 1), 'nonsense'), 'UNAUTHENTICATED');
    assert.equal(await report(at(1, 1), tokenFor(vera, -10)), 'UNAUTHENTICATED');
    assert.equal(await report(at(1, 1), tokenFor(viktor)), 'PERMISSION_DENIED');
    assert.equal(await report(at(1, 1), tokenFor(carl)), 'PERMISSION_DENIED');
    assert.equal(await report(at(91, 1), token), 'INVALID_ARGUMENT');
    assert.equal(await report(at(Number.NaN, 1), token), 'INVALID_ARGUMENT');
    assert.equal(await report(at(1, Number.POSITIVE_INFINITY), token), 'INVALID_ARGUMENT');
    assert.equal(await report(null, token), 'INVALID_ARGUMENT');
    assert.equal((await grpc.call('GetVendor', { vendorId: 'nothing' }, token)).code, 'NOT_FOUND');
    assert.equal(
      (await grpc.call('UpdateVendor', { vendorId: id, isOpen: true }, tokenFor(viktor))).code,
      'PERMISSION_DENIED',
    );
    assert.equal((await grpc.call('UpdateVendor', { vendorId: id }, token)).code, 'INVALID_ARGUMENT');
    assert.equal((await call(carl, 'GET', `/api/vendors/${id}`)).body.location, null);
  });

  it('refuse a message of 10 MB, and a call whose time is over', async () => {
    const { id } = await create();
    const huge = await grpc.call('UpdateVendor', { vendorId: id, description: 'x'.repeat(10_000_000) }, token);
    assert.equal(huge.code, 'RESOURCE_EXHAUSTED');
    assert.equal((await grpc.call('GetVendor', { vendorId: id }, token, -1)).code, 'DEADLINE_EXCEEDED');
    assert.equal((await grpc.call('GetVendor', { vendorId: id }, token)).code, 'OK');
  });

  it('take a stream of positions and count what they took', async () => {
    const [mine, other] = [await create(), await create()];
    const stream = grpc.stream(token);
    for (let n = 1; n <= 50; n += 1)
      await stream.write({ vendorId: n % 2 ? mine.id : other.id, location: at(n / 10, n / 10) });
    await stream.write({ vendorId: mine.id, location: at(91, 0) });
    await stream.write({ vendorId: 'nothing', location: at(1, 0) });
    const answer = await stream.finish();
    assert.equal(answer.code, 'OK', answer.details);
    assert.deepEqual(answer.body, { accepted: 50, rejected: 2 });
    assert.deepEqual((await call(carl, 'GET', `/api/vendors/${other.id}`)).body.location, at(5, 5));
    assert.equal((await grpc.stream().finish()).code, 'UNAUTHENTICATED');
  });

  it('keep what a stream brought before it was cut', async () => {
    const { id } = await create();
    const door = await openRaw(server.url, '/ws/location', tokenFor(carl));
    door.send('subscribe_location', { vendorId: id });
    await door.next('subscribed');
    const stream = grpc.stream(token);
    await stream.write({ vendorId: id, location: at(3, 4) });
    await door.next('location_updated');
    stream.cancel();
    assert.deepEqual((await call(carl, 'GET', `/api/vendors/${id}`)).body.location, at(3, 4));
    assert.equal((await grpc.call('GetVendor', { vendorId: id }, token)).code, 'OK');
  });

  it('hold a stream to LOCATION_RATE_LIMIT for each vendor', async () => {
    const { id } = await create();
    const stream = grpc.stream(token);
    for (let n = 1; n <= 210; n += 1) await stream.write({ vendorId: id, location: at(n / 10, 0) });
    assert.deepEqual((await stream.finish()).body, { accepted: 200, rejected: 10 });
  });

  it('are up in /health and counted in /metrics', async () => {
    assert.equal((await call(null, 'GET', '/health')).body.checks.grpc, 'up');
    assert.match(
      (await call(null, 'GET', '/metrics')).body,
      /waybeat_grpc_calls_total\{method="GetVendor",outcome="ok"\} \d/,
    );
  });
});

describe('a stranger with buf curl', () => {
  /** What somebody would type who has nothing but the address: schema by reflection. */
  const curl = (method: string, data: object, who?: string) =>
    promisify(execFile)(
      'node_modules/.bin/buf',
      [
        'curl',
        '--protocol=grpc',
        '--http2-prior-knowledge',
        ...(who === undefined ? [] : ['--header', `authorization: Bearer ${who}`]),
        '--data',
        JSON.stringify(data),
        `http://127.0.0.1:${server.grpcPort}/${method}`,
      ],
      { env: { ...process.env, HOME: server.database.env.DATA_DIR || process.env.HOME || '/' } },
    ).then(
      ({ stdout }) => ({ out: stdout, failure: '' }),
      (error: { stdout: string; stderr: string }) => ({ out: error.stdout, failure: error.stderr }),
    );

  it('finds the services by reflection, calls them, and is refused without a token', async () => {
    const { id } = await create();
    const good = await curl('LocationService/UpdateVendorLocation', { vendorId: id, location: at(10, 20) }, token);
    assert.equal(good.failure, '');
    assert.deepEqual(JSON.parse(good.out).location.location, at(10, 20));
    const nobody = await curl('VendorService/GetVendor', { vendorId: id });
    assert.match(nobody.failure, /unauthenticated/);
    const off = await curl('LocationService/UpdateVendorLocation', { vendorId: id, location: at(91, 0) }, token);
    assert.match(off.failure, /invalid_argument/);
    const health = await curl('grpc.health.v1.Health/Check', { service: 'VendorService' });
    assert.match(health.out, /SERVING/);
  });
});

describe('the described protocol', () => {
  it('is what the proto files say', async () => {
    const folder = new URL('./proto/', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(
      'node_modules/.bin/buf',
      ['build', folder, '--exclude-source-info', '-o', '-#format=binpb'],
      { encoding: 'buffer' },
    );
    assert.ok(
      stdout.equals(await readFile(`${folder}descriptors.binpb`)),
      'write it again: npx buf build server/integrations/grpc/proto --exclude-source-info -o server/integrations/grpc/proto/descriptors.binpb',
    );
  });
});
