import type { AckError } from '../../../server/contract/common.ts';
import type {
  AreaVendor,
  Bounds,
  LocationUpdated,
  Position,
  Vendor,
  VendorUpdated,
} from '../../../server/contract/vendors.ts';

/**
 * The plain WebSocket endpoints `/ws/location` and `/ws/vendor`, without Socket.IO and without a framework. It comes back
 * by itself, follows again what it followed, and hands each durable change on once and in order.
 */

export type { AreaVendor, Bounds, LocationUpdated, Position, Vendor, VendorUpdated };

export type Status = 'connecting' | 'online' | 'offline' | 'closed';

/** What a listener gets, by name. */
export interface RawEvents {
  status: Status;
  location_updated: Omit<LocationUpdated, 'type'>;
  vendor_updated: Omit<VendorUpdated, 'type'>;
  /** All of a vendor, instead of changes that are too old to be told one by one. */
  snapshot: Vendor;
  /** Who is in the area now; also after each reconnect. */
  area: { vendors: AreaVendor[]; truncated: boolean };
  error: AckError & { event?: string };
}

export interface RawOptions {
  /** A token, or where to get one: asked for again at every reconnect and before the old one ends. */
  token: string | (() => string | Promise<string>);
  /** Defaults to the browser's. */
  WebSocket?: new (
    url: string,
    protocols: string[],
  ) => WebSocket;
}

export interface RawClient {
  /** Calls `listener` for every event of this name; the answer ends that. */
  on: <Name extends keyof RawEvents>(name: Name, listener: (event: RawEvents[Name]) => void) => () => void;
  status: () => Status;
  /** Follows until `unfollowLocation`, over reconnects too. Resolves with where the vendor is. */
  followLocation: (vendorId: string) => Promise<{ vendorId: string; location: Position | null }>;
  unfollowLocation: (vendorId: string) => void;
  followVendor: (vendorId: string, since?: number) => Promise<{ vendorId: string; version: number }>;
  unfollowVendor: (vendorId: string) => void;
  /** One area at a time: a new one replaces it. Whoever is in it comes as `area`. */
  followArea: (bounds: Bounds) => Promise<RawEvents['area']>;
  unfollowArea: () => void;
  /** While offline only the newest position of each vendor is kept. */
  updateLocation: (vendorId: string, location: Position) => void;
  close: () => void;
}

type Frame = { type: string; id?: number; data?: Record<string, unknown> };
/** What the answers to questions bring, each a part of it. */
type Answered = Partial<RawEvents['area']> & { snapshot?: Vendor; version?: number; missed?: VendorUpdated[] };
type Waiting = { resolve: (answer: Answered) => void; reject: (error: AckError) => void };
/** `promised` waits for the first answer, however many connections it takes. */
type Followed = { type: string; data: Record<string, unknown>; since?: number; promised?: Waiting | undefined };

/** The server sends something at least every 25 s; one that is silent for longer is gone. */
const SILENCE_MS = 40_000;

/** Opens `url`, such as `wss://example.com/ws/location`. */
export const openRaw = (url: string, { token, WebSocket: Socket = WebSocket }: RawOptions): RawClient => {
  const listeners = new Map<string, Set<(event: never) => void>>();
  const followed = new Map<string, Followed>();
  const positions = new Map<string, Position>();
  const waiting = new Map<number, Waiting>();
  let socket: WebSocket | undefined;
  let status: Status = 'connecting';
  let attempt = 0;
  let ids = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const tell = <Name extends keyof RawEvents>(name: Name, event: RawEvents[Name]) => {
    for (const listener of [...(listeners.get(name) ?? [])]) (listener as (event: RawEvents[Name]) => void)(event);
  };
  const setStatus = (next: Status) => {
    if (status === next) return;
    status = next;
    tell('status', next);
  };
  const send = (frame: object) => socket?.send(JSON.stringify(frame));
  const currentToken = async () => (typeof token === 'function' ? token() : token);

  const again = (delay = Math.min(15_000, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2)) => {
    clearTimeout(timer);
    if (status === 'closed') return;
    setStatus('offline');
    timer = setTimeout(connect, delay);
  };

  const take = (event: RawEvents['vendor_updated']) => {
    const mine = followed.get(`vendor ${event.vendorId}`);
    if (mine) {
      if (event.version <= (mine.since ?? 0)) return;
      mine.since = event.version;
    }
    tell('vendor_updated', event);
  };

  /** Asks for what is followed, from where it was left. */
  const ask = (key: string, one: Followed) => {
    const { type, data, since } = one;
    const settle = () => {
      const { promised } = one;
      one.promised = undefined;
      return promised;
    };
    ids += 1;
    waiting.set(ids, {
      resolve: (answer) => {
        const mine = followed.get(key);
        if (mine && answer.snapshot) {
          mine.since = answer.version;
          tell('snapshot', answer.snapshot);
        }
        for (const event of answer.missed ?? []) take(event);
        if (answer.vendors) tell('area', answer as RawEvents['area']);
        settle()?.resolve(answer);
      },
      reject: (error) => {
        if (followed.get(key) === one) followed.delete(key);
        settle()?.reject(error);
      },
    });
    send({ type, id: ids, data: since === undefined ? data : { ...data, since } });
  };

  const resume = () => {
    attempt = 0;
    setStatus('online');
    for (const [key, one] of followed) ask(key, one);
    for (const [vendorId, location] of positions) send({ type: 'update_location', data: { vendorId, location } });
    positions.clear();
  };

  const handle = ({ type, id, data = {} }: Frame) => {
    const asked = id === undefined ? undefined : waiting.get(id);
    if (asked) {
      waiting.delete(id!);
      if (type === 'failed') asked.reject(data.error as AckError);
      else asked.resolve(data);
    } else if (type === 'ping') send({ type: 'pong' });
    else if (type === 'connected') resume();
    else if (type === 'auth:expiring')
      currentToken().then(
        (fresh) => send({ type: 'auth', data: { token: fresh } }),
        () => {},
      );
    else if (type === 'server:draining') {
      drop();
      again(data.reconnectInMs as number);
    } else if (type === 'vendor_updated') take(data as never);
    else if (type === 'location_updated' || type === 'error') tell(type, data as never);
  };

  const drop = () => {
    clearTimeout(silence);
    const dropped = socket;
    socket = undefined;
    // Nobody will answer these; what is followed is asked for again.
    waiting.clear();
    dropped?.close();
  };

  async function connect() {
    setStatus('connecting');
    let opened: WebSocket;
    try {
      opened = new Socket(url, ['waybeat.v1', await currentToken()]);
    } catch {
      return again();
    }
    if ((status as Status) === 'closed') return opened.close();
    socket = opened;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        drop();
        again();
      }, SILENCE_MS);
    };
    listen();
    opened.onmessage = ({ data }) => {
      if (socket !== opened) return;
      listen();
      handle(JSON.parse(data));
    };
    // Its close follows, and says what is to be done.
    opened.onerror = () => {};
    opened.onclose = ({ code }) => {
      if (socket !== opened) return;
      drop();
      // The same token would be refused again.
      if (code === 4401 && typeof token === 'string') setStatus('closed');
      else again();
    };
  }

  const follow = <Answer>(key: string, type: string, data: Record<string, unknown>, since?: number) =>
    new Promise<Answer>((resolve, reject) => {
      const promised = { resolve: resolve as Waiting['resolve'], reject };
      const one: Followed = { type, data, promised, ...(since !== undefined && { since }) };
      followed.set(key, one);
      if (status === 'online') ask(key, one);
    });
  const unfollow = (key: string, type: string, data: object) => {
    if (followed.delete(key) && status === 'online') send({ type, data });
  };

  void connect();
  return {
    on: (name, listener) => {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener as never));
      return () => all.delete(listener as never);
    },
    status: () => status,
    followLocation: (vendorId) => follow(`location ${vendorId}`, 'subscribe_location', { vendorId }),
    unfollowLocation: (vendorId) => unfollow(`location ${vendorId}`, 'unsubscribe_location', { vendorId }),
    followVendor: (vendorId, since) => follow(`vendor ${vendorId}`, 'subscribe_vendor', { vendorId }, since),
    unfollowVendor: (vendorId) => unfollow(`vendor ${vendorId}`, 'unsubscribe_vendor', { vendorId }),
    followArea: (bounds) => follow('area', 'subscribe_area', { bounds }),
    unfollowArea: () => unfollow('area', 'unsubscribe_area', {}),
    updateLocation: (vendorId, location) => {
      if (status === 'online') send({ type: 'update_location', data: { vendorId, location } });
      else positions.set(vendorId, location);
    },
    close: () => {
      clearTimeout(timer);
      setStatus('closed');
      drop();
    },
  };
};
