import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { needs, serviceUrl } from '../testing/services.ts';

/** Clients that nobody here wrote: Debian's python3-socketio with asyncio, and its plain one with threads. */

/** Prints a line of JSON for each ack and event; ends after the status update. */
const CLIENT = `
import asyncio, json, sys, socketio
url, token, transport, awb = sys.argv[1:5]
def say(what, data): print(json.dumps([what, data]), flush=True)
async def main():
    client = socketio.AsyncClient(reconnection=False)
    done = asyncio.Event()
    async def on_status(data):
        say('status-update', data)
        done.set()
    async def on_location(data): say('location-update', data)
    async def on_error(data): say('error', data)
    client.on('status-update', on_status, namespace='/tracking')
    client.on('location-update', on_location, namespace='/tracking')
    client.on('error', on_error, namespace='/tracking')
    await client.connect(url, auth={'token': token}, transports=[transport], namespaces=['/tracking'])
    say('transport', client.transport())
    say('refused', await client.call('subscribe-tracking', {'awb': 'QQ00000000'}, namespace='/tracking', timeout=10))
    say('ack', await client.call('subscribe-tracking', {'awb': awb}, namespace='/tracking', timeout=10))
    await asyncio.wait_for(done.wait(), 20)
    say('left', await client.call('unsubscribe-tracking', {'awb': awb}, namespace='/tracking', timeout=10))
    await client.disconnect()
asyncio.run(main())
`;

/** The same without asyncio: starts by polling, and upgrades. Events come on threads of their own: a line is said under a lock. */
const PLAIN_CLIENT = `
import json, sys, threading, socketio
url, token, _, awb = sys.argv[1:5]
one_line = threading.Lock()
def say(what, data):
    with one_line: print(json.dumps([what, data]), flush=True)
client = socketio.Client(reconnection=False)
done = threading.Event()
def on_status(data):
    say('status-update', data)
    done.set()
client.on('status-update', on_status, namespace='/tracking')
client.on('location-update', lambda data: say('location-update', data), namespace='/tracking')
client.on('error', lambda data: say('error', data), namespace='/tracking')
client.connect(url, auth={'token': token}, namespaces=['/tracking'])
say('transport', client.transport())
say('refused', client.call('subscribe-tracking', {'awb': 'QQ00000000'}, namespace='/tracking', timeout=10))
say('ack', client.call('subscribe-tracking', {'awb': awb}, namespace='/tracking', timeout=10))
if not done.wait(20): sys.exit('no status came')
say('left', client.call('unsubscribe-tracking', {'awb': awb}, namespace='/tracking', timeout=10))
client.disconnect()
`;

type Line = [what: string, data: Record<string, unknown>];

describe('python3-socketio', needs('python3-socketio'), () => {
  let server: TestServer;
  const operator = person({ role: 'operator', companyId: 'c1' });
  const place = { address: 'Somewhere 1', lat: 52.5, long: 13.4 };

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  for (const [program, transport, way] of [
    [CLIENT, 'websocket', 'over websocket'],
    [CLIENT, 'polling', 'over polling'],
    [PLAIN_CLIENT, 'websocket', 'without asyncio, upgraded from polling to websocket'],
  ] as const)
    it(`subscribes and hears events and acks ${way}`, async () => {
      const call = api(server.url);
      const { awb } = (await call(operator, 'POST', '/api/tracking', { origin: place, destination: place })).body;
      const client = spawn(
        serviceUrl('python3-socketio'),
        ['-c', program, server.url, tokenFor(operator), transport, awb],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(client, 'exit');
      const said = new Map<string, Record<string, unknown>>();
      for await (const line of createInterface({ input: client.stdout })) {
        const [what, data] = JSON.parse(line) as Line;
        said.set(what, data);
        if (what === 'ack') {
          await call(operator, 'POST', `/api/tracking/${awb}/location`, { lat: 52.5, long: 13.41 });
        }
        if (what === 'location-update')
          await call(operator, 'POST', `/api/tracking/${awb}/status`, { status: 'IN_TRANSIT' });
      }
      assert.deepEqual((await ended)[0], 0);
      assert.equal(said.get('transport') as unknown, transport);
      assert.equal((said.get('refused')!.error as { code: string }).code, 'NOT_FOUND');
      assert.equal(said.get('error')!.code, 'NOT_FOUND');
      assert.equal(said.get('ack')!.awb, awb);
      assert.equal((said.get('location-update')!.location as { long: number }).long, 13.41);
      assert.equal(said.get('status-update')!.status, 'IN_TRANSIT');
      assert.deepEqual(said.get('left'), { success: true, awb });
    });
});
