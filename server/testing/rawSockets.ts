import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** Plain WebSockets for tests: frames in the order they came, and promises instead of sleeping. */

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever comes
export type Frame = { type: string; id?: string | number; data: any };

const open = new Set<WebSocket>();

export type RawClient = {
  socket: WebSocket;
  frames: Frame[];
  send: (type: string, data?: unknown, id?: string | number) => void;
  /** The next frame of this type that nobody has taken yet, the earlier ones included. */
  next: (type: string, matches?: (frame: Frame) => boolean) => Promise<Frame>;
  closed: Promise<{ code: number; reason: string }>;
};

/** Opens a raw socket; `token` goes into the Authorization header. Rejects when the upgrade is refused. */
export const openRaw = async (
  url: string,
  path: string,
  token?: string,
  { protocols = [], pong = true, ...options }: ClientOptions & { protocols?: string[]; pong?: boolean } = {},
): Promise<RawClient> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, {
    ...options,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...options.headers },
  });
  open.add(socket);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const taken = new Set<Frame>();
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === 'ping' && pong) socket.send(JSON.stringify({ type: 'pong' }));
    frames.push(frame);
    for (const look of [...waiting]) look();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      open.delete(socket);
      resolve({ code, reason: String(reason) });
    });
  });
  socket.on('error', () => {});
  const next: RawClient['next'] = (type, matches = () => true) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`no frame ${type} within 5 s; got ${frames.map((frame) => frame.type).join(', ')}`));
      }, 5_000);
      const look = () => {
        const found = frames.find((frame) => frame.type === type && !taken.has(frame) && matches(frame));
        if (!found) return;
        taken.add(found);
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  await Promise.race([
    once(socket, 'open'),
    once(socket, 'close').then(() => Promise.reject(new Error('the upgrade was refused'))),
  ]);
  return {
    socket,
    frames,
    send: (type, data, id) => socket.send(JSON.stringify({ type, ...(id !== undefined && { id }), data })),
    next,
    closed,
  };
};

/** Ends every raw socket that a test opened. */
export const closeRaw = (): void => {
  for (const socket of open) socket.terminate();
  open.clear();
};
