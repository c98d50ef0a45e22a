import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createProxyServer } from 'httpxy';

/**
 * A balancer as a cloud has one: it looks at each node's `/health`, keeps a browser on its node by a cookie, and sends
 * those whose node is gone elsewhere.
 */

const COOKIE = 'waybeat_node';
const CHECK_MS = 500;

export type Node = { name: string; port: number };

const cookieOf = (request: IncomingMessage): string | undefined =>
  request.headers.cookie?.match(new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`))?.[1];

const isReady = ({ port }: Node): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(CHECK_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Starts a balancer for `nodes` on `port`; `close` ends it. */
export const startBalancer = async (port: number, nodes: Node[]): Promise<{ close: () => void }> => {
  const proxy = createProxyServer({ xfwd: true });
  const ready = new Set<Node>(nodes);
  let turn = 0;
  const choose = (request: IncomingMessage): Node | undefined => {
    const kept = nodes.find((node) => node.name === cookieOf(request));
    if (kept && ready.has(kept)) return kept;
    turn += 1;
    return [...ready][turn % ready.size];
  };
  const check = async () => {
    await Promise.all(nodes.map(async (node) => ((await isReady(node)) ? ready.add(node) : ready.delete(node))));
  };
  const timer = setInterval(check, CHECK_MS);

  const server: Server = createServer((request, response) => {
    const node = choose(request);
    const fail = (status: number) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'content-type': 'text/plain' }).end('No node answers; try again shortly\n');
    };
    if (!node) return fail(503);
    response.setHeader('set-cookie', `${COOKIE}=${node.name}; Path=/; HttpOnly; SameSite=Lax`);
    proxy.web(request, response, { target: `http://127.0.0.1:${node.port}` }).catch(() => fail(502));
  });
  server.on('upgrade', (request, socket, head) => {
    const node = choose(request);
    // A node that goes takes its sockets with it; the client comes back through this door.
    socket.on('error', () => socket.destroy());
    if (!node) return socket.destroy();
    proxy.ws(request, socket as never, { target: `http://127.0.0.1:${node.port}` }, head).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    close: () => {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
};
