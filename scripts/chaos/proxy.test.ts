import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, it } from 'node:test';
import { startProxy, type TcpProxy } from './proxy.ts';

/** The door of the demo: on every address, and it hides from the server nothing that matters. */

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && !one.internal && one.family === 'IPv4')?.address;

const server = createServer();
let door: TcpProxy;
before(async () => {
  await once(server.listen(0), 'listening');
  const { port } = server.address() as AddressInfo;
  door = await startProxy(({ localAddress }) => ({ host: localAddress!, port }), null);
});
after(() => {
  door.close();
  server.close();
});

const callerThrough = async (host: string): Promise<string> => {
  const client = connect({ host, port: door.port });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const address = socket.remoteAddress!;
  socket.on('error', () => {});
  client.on('error', () => {}).destroy();
  return address;
};

it('a caller on this machine looks local to the server behind', async () => {
  assert.match(await callerThrough('127.0.0.1'), /^(::ffff:)?127\./);
});

it('a caller by an address of the network does not', { skip: !outside && 'this machine has no network' }, async () => {
  assert.match(await callerThrough(outside!), new RegExp(`^(::ffff:)?${outside!.replaceAll('.', '\\.')}$`));
});
