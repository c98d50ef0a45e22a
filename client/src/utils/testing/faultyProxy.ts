import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** A network between client and server that fails on command. */
export type FaultyProxy = {
  url: string;
  /** Which frames of the server reach the client; frames of the other direction always pass. */
  passes: (frame: string) => boolean;
  /** Nothing passes either way, and nobody is told: a cut cable. */
  frozen: boolean;
  /** New connections of any kind are refused. */
  refusing: boolean;
  /** Only websockets are refused, as by a proxy that does not know them. */
  withoutWebsockets: boolean;
  /** All live connections are refused, by polling too; other requests pass. */
  withoutLive: boolean;
  /** Ends all connections at once. */
  cut: () => void;
  /** Frames of the client, in order. */
  sent: string[];
  /** Websocket handshakes seen. */
  handshakes: number;
  close: () => Promise<void>;
};

const forward = (upstream: URL, incoming: IncomingMessage, outgoing: ServerResponse) => {
  const passed = request(
    new URL(incoming.url!, upstream),
    { method: incoming.method, headers: { ...incoming.headers, host: upstream.host } },
    (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    },
  );
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
};

/** Starts such a network in front of `target`. */
export const startFaultyProxy = async (target: string): Promise<FaultyProxy> => {
  const upstream = new URL(target);
  const sockets = new Set<WebSocket | Duplex>();
  const http = createServer((incoming, outgoing) => {
    if (proxy.refusing || (proxy.withoutLive && incoming.url!.startsWith('/socket.io'))) incoming.destroy();
    else forward(upstream, incoming, outgoing);
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const server = new WebSocketServer({ noServer: true });
  http.on('upgrade', (incoming, socket, head) => {
    if (proxy.refusing || proxy.withoutWebsockets || proxy.withoutLive) {
      socket.destroy();
      return;
    }
    proxy.handshakes += 1;
    server.handleUpgrade(incoming, socket, head, (near) => {
      const far = new WebSocket(new URL(incoming.url!, target.replace(/^http/, 'ws')));
      const early: string[] = [];
      far.on('open', () => {
        for (const frame of early) far.send(frame);
        early.length = 0;
      });
      near.on('message', (data) => {
        if (proxy.frozen) return;
        proxy.sent.push(String(data));
        if (far.readyState === WebSocket.CONNECTING) early.push(String(data));
        else far.send(String(data));
      });
      far.on('message', (data) => {
        if (!proxy.frozen && proxy.passes(String(data))) near.send(String(data));
      });
      const end = () => {
        if (proxy.frozen) return;
        near.terminate();
        far.terminate();
      };
      for (const side of [near, far]) {
        sockets.add(side);
        side.on('error', () => {});
        side.once('close', () => {
          sockets.delete(side);
          end();
        });
      }
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as { port: number };
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    passes: () => true,
    frozen: false,
    refusing: false,
    withoutWebsockets: false,
    withoutLive: false,
    sent: [],
    handshakes: 0,
    cut: () => {
      for (const socket of sockets) {
        if (socket instanceof WebSocket) socket.terminate();
        else socket.destroy();
      }
    },
    close: async () => {
      proxy.frozen = false;
      proxy.cut();
      http.close();
      await once(http, 'close');
    },
  };
  return proxy;
};
