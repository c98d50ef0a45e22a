import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

/** Real sockets for tests, and promises instead of sleeping. */

const open = new Set<Socket>();

/** Connects and resolves once the server said `connected`; rejects with the `connect_error`. */
export const connect = (
  url: string,
  token: string | undefined,
  options: Partial<ManagerOptions & SocketOptions> & { namespace?: string } = {},
): Promise<Socket> => {
  const { namespace = '/', ...rest } = options;
  const socket = io(new URL(namespace, url).href, {
    auth: token === undefined ? {} : { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...rest,
  });
  open.add(socket);
  return new Promise((resolve, reject) => {
    socket.once('connected', () => resolve(socket));
    socket.once('connect_error', reject);
  });
};

/** Ends every socket that a test opened. */
export const closeSockets = (): void => {
  for (const socket of open) socket.disconnect();
  open.clear();
};

/** The next event of this name, or the next for which `matches` holds. Rejects after `milliseconds`. */
export const nextEvent = <Event = Record<string, unknown>>(
  socket: Socket,
  name: string,
  { matches = () => true, milliseconds = 5_000 }: { matches?: (event: Event) => boolean; milliseconds?: number } = {},
): Promise<Event> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.off(name, onEvent);
      reject(new Error(`no ${name} within ${milliseconds} ms`));
    }, milliseconds);
    const onEvent = (event: Event) => {
      if (!matches(event)) return;
      clearTimeout(timer);
      socket.off(name, onEvent);
      resolve(event);
    };
    socket.on(name, onEvent);
  });

/** Sends an event and answers its ack. Rejects when none comes within 5 s. */
export const ask = <Answer = Record<string, unknown> & { success: boolean }>(
  socket: Socket,
  event: string,
  ...data: unknown[]
): Promise<Answer> => socket.timeout(5_000).emitWithAck(event, ...data) as Promise<Answer>;

/** Records every event a socket hears, from now on. `heads` and `connected` are left out: everybody gets them. */
export const record = (socket: Socket) => {
  const heard: { name: string; event: Record<string, unknown> }[] = [];
  socket.onAny((name: string, event) => {
    if (name !== 'heads' && name !== 'connected') heard.push({ name, event });
  });
  return heard;
};

/**
 * Resolves once everything the server had sent to this socket before the call has arrived: messages keep their order,
 * so the answer to a ping comes behind them. What a bystander did not hear by then was not sent to it.
 */
export const settled = async (socket: Socket): Promise<void> => {
  await ask(socket, 'ping');
};
