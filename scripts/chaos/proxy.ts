import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy that fails on command. It stands between clients and nodes, and between nodes and what they need, so that
 * a network can be broken without touching anybody else's.
 */

/** What befalls one connection, from its beginning on. */
export type Weather = {
  /** Each piece arrives this much later. */
  delayMs?: number;
  /** Each byte is a write of its own. */
  drip?: boolean;
  /** Reset after so long. */
  resetAfterMs?: number;
  /** After so long the client hears nothing any more, and neither end is told. */
  deafAfterMs?: number;
};

export type Address = { host: string; port: number };

type Link = {
  client: Socket;
  server: Socket;
  weather: Weather;
  deaf: boolean;
  cutOnAnswer: boolean;
  timers: NodeJS.Timeout[];
};

export type TcpProxy = Address & {
  /** Cuts everybody, and whoever comes, until `open()`. */
  shut: () => void;
  /** Passes nothing on and tells nobody, until `open()`. */
  freeze: () => void;
  open: () => void;
  /** Resets every connection there is; new ones are welcome. Answers how many there were. */
  cut: () => number;
  /** Draws the weather of each new connection; null: fine for all, also for those there are. */
  weather: (draw: (() => Weather) | null) => void;
  /** Loses the answer, and with it the connection, to whatever a client sends for which `lose` holds. */
  loseAnswers: (lose: ((sent: Buffer) => boolean) | null) => void;
  close: () => void;
};

/** Ends a connection at once and as rudely as TCP can. */
const reset = (socket: Socket) => {
  // Node forgets to close a handle whose reset fails, as it does once this side has said goodbye.
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
};

/**
 * Starts a proxy on `host` (null: every address of this machine) to wherever `target` says at that moment; undefined
 * refuses. Without a `port` it takes any.
 */
export const startProxy = async (
  target: (client: Socket) => Address | undefined,
  host: string | null = '127.0.0.1',
  port = 0,
): Promise<TcpProxy> => {
  const links = new Set<Link>();
  let state: 'open' | 'shut' | 'frozen' = 'open';
  let draw: (() => Weather) | null = null;
  let lose: ((sent: Buffer) => boolean) | null = null;

  const end = (link: Link) => {
    if (!links.delete(link)) return;
    for (const timer of link.timers) clearTimeout(timer);
    reset(link.client);
    reset(link.server);
  };

  /** Resolves when `to` has room for more. */
  const write = async (to: Socket, piece: Buffer, { delayMs, drip }: Weather): Promise<void> => {
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const put = (bytes: Buffer) => new Promise((resolve) => to.write(bytes, resolve));
    if (drip) for (let n = 0; n < piece.length; n += 1) await put(piece.subarray(n, n + 1));
    else await put(piece);
  };

  const pass = (link: Link, from: Socket, to: Socket) => {
    from.on('data', async (piece: Buffer) => {
      const answers = from === link.server;
      if (answers && link.cutOnAnswer) return end(link);
      if (answers && link.deaf) return;
      if (!answers && lose?.(piece)) link.cutOnAnswer = true;
      from.pause();
      await write(to, piece, link.weather);
      if (state !== 'frozen') from.resume();
    });
    from.on('end', () => to.end());
  };

  const server = createServer({ pauseOnConnect: true }, (client) => {
    const address = state === 'shut' ? undefined : target(client);
    // A client that was cut has nobody to tell.
    client.on('error', () => {});
    if (!address) {
      reset(client);
      return;
    }
    const weather = draw?.() ?? {};
    const link: Link = {
      client,
      server: connect({ host: address.host, port: address.port }),
      weather,
      deaf: false,
      cutOnAnswer: false,
      timers: [],
    };
    links.add(link);
    for (const socket of [client, link.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => end(link));
      socket.on('close', () => end(link));
    }
    pass(link, client, link.server);
    pass(link, link.server, client);
    if (weather.resetAfterMs) link.timers.push(setTimeout(end, weather.resetAfterMs, link));
    if (weather.deafAfterMs)
      link.timers.push(
        setTimeout(() => {
          link.deaf = true;
        }, weather.deafAfterMs),
      );
    if (state === 'frozen') link.server.pause();
    else client.resume();
  });
  server.listen(port, host ?? undefined);
  await once(server, 'listening');

  const cut = () => {
    const count = links.size;
    for (const link of [...links]) end(link);
    return count;
  };
  return {
    host: host ?? 'localhost',
    port: (server.address() as AddressInfo).port,
    shut: () => {
      state = 'shut';
      cut();
    },
    freeze: () => {
      state = 'frozen';
      for (const { client, server } of links) for (const socket of [client, server]) socket.pause();
    },
    open: () => {
      state = 'open';
      // What was swallowed cannot be given back: the two ends would talk past each other.
      for (const link of [...links])
        if (link.deaf) end(link);
        else for (const socket of [link.client, link.server]) socket.resume();
    },
    cut,
    weather: (next) => {
      draw = next;
      if (next) return;
      for (const link of [...links]) {
        for (const timer of link.timers) clearTimeout(timer);
        link.weather = {};
        // What was swallowed cannot be given back: the two ends would talk past each other.
        if (link.deaf) end(link);
      }
    },
    loseAnswers: (next) => {
      lose = next;
    },
    close: () => {
      cut();
      server.close();
    },
  };
};

export const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`;

/** Where a URL such as `redis://host:6379` leads. */
export const addressOf = (url: string, usualPort: number): Address => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) || usualPort };
};

/** The same URL through a proxy. */
export const through = ({ host, port }: Address, url: string): string => {
  const changed = new URL(url);
  changed.hostname = host;
  changed.port = String(port);
  return changed.href;
};
