import type { Position, Vendor } from '../contract/vendors.ts';
import { config } from '../platform/config.ts';
import { outsideTransaction } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { log } from '../platform/log.ts';
import { ephemeralDropped } from '../platform/metrics.ts';
import { redis, redisSubscriber } from '../platform/redis.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import { nodeId } from '../websocket/nodes.ts';
import { areaChanged, areaMoved, fieldsOf, startAreas } from './areas.ts';
import { writePositions } from './positionStore.ts';
import { findVendors, readChanged } from './store.ts';
import { keepTrail, startTrails } from './trails.ts';
import { type Entry, findEntry, load, move, put } from './vendorIndex.ts';

/**
 * Where vendors are: at once in memory and on the maps of this node, a moment later in the database and on other nodes.
 * The newest wins everywhere; nobody waits for a write.
 */

export const locationRoom = (vendorId: string) => `location:${vendorId}`;

const INTERVAL_MS = 1000 / config.LOCATION_HZ;
/** How often what waits is sent on, in ms. */
const TICK_MS = 25;
const TELL_MS = 50;
const WRITE_MS = 500;
/** Without Redis this is how late another node's positions and changes are. */
const POLL_MS = 1_000;

const waiting = new Set<Entry>();
const untold = new Map<string, { location: Position; at: number }>();
const unwritten = new Map<string, { location: Position; at: number }>();

const send = (entry: Entry, now: number) => {
  entry.sentAt = now;
  waiting.delete(entry);
  const sockets = areaMoved(entry, now);
  deliverEphemeral('/location', [locationRoom(entry.vendor.id), ...sockets], 'location_updated', fieldsOf(entry));
};

/** Tells followers now, or when LOCATION_HZ allows it. */
const announce = (entry: Entry) => {
  const now = Date.now();
  if (waiting.has(entry)) ephemeralDropped.inc();
  else if (now - entry.sentAt >= INTERVAL_MS) send(entry, now);
  else waiting.add(entry);
};

const sendWaiting = () => {
  const now = Date.now();
  for (const entry of waiting) if (now - entry.sentAt >= INTERVAL_MS) send(entry, now);
};

/** The vendor as this node knows it; undefined when there is none. One that is new on another node is read. */
export const known = async (id: string): Promise<Entry | undefined> => {
  const entry = findEntry(id);
  if (entry) return entry;
  const [vendor] = await findVendors([id]);
  return vendor && put(vendor).entry;
};

/** Takes a position of a vendor that this node knows. Answers what is true now: one that comes too late changes nothing. */
export const takePosition = (entry: Entry, location: Position, at = Date.now(), keep = true): Entry => {
  // Nobody was anywhere in the future; a clock that is ahead would hide all that come after.
  if (!move(entry, location, Math.min(at, Date.now()))) return entry;
  const { id } = entry.vendor;
  const taken = { location, at: entry.at };
  if (keep) {
    unwritten.set(id, taken);
    keepTrail(id, location, entry.at);
  }
  if (redis) untold.set(id, taken);
  announce(entry);
  return entry;
};

/** Takes a position and writes it before it answers. */
export const takePositionNow = async (entry: Entry, location: Position): Promise<Entry> => {
  takePosition(entry, location);
  const { id } = entry.vendor;
  const pending = unwritten.get(id);
  if (!pending) return entry;
  await writePositions([{ vendorId: id, ...pending }]);
  if (unwritten.get(id) === pending) unwritten.delete(id);
  return entry;
};

/** Tells everybody who follows a vendor where it is, and keeps it. For the server's own parts: nobody is asked who they are. */
export const broadcastLocationUpdate = async (vendorId: string, location: Position): Promise<void> => {
  const entry = await known(vendorId);
  if (!entry) throw notFound('Vendor');
  takePosition(entry, location);
};

/** Notes a vendor as it was just committed, and tells the maps that show it. */
export const noteVendor = (vendor: Vendor): void => {
  const { entry, changed } = put(vendor);
  if (changed) areaChanged(entry);
};

/** A vendor from the database with what this node knows to be newer. */
export const withPosition = (vendor: Vendor): Vendor => {
  const entry = findEntry(vendor.id);
  if (!entry || entry.at === 0 || (vendor.locatedAt !== null && Date.parse(vendor.locatedAt) >= entry.at))
    return vendor;
  return { ...vendor, location: entry.vendor.location, locatedAt: entry.vendor.locatedAt };
};

const channel = `${config.REDIS_PREFIX}vendors`;
type Told = { node: string; positions: [id: string, location: Position, at: number][] };

const tellOthers = () => {
  if (untold.size === 0) return;
  const positions = [...untold].map(([id, { location, at }]) => [id, location, at]);
  untold.clear();
  // Fails at once while Redis is away: the other nodes read the table.
  redis?.publish(channel, JSON.stringify({ node: nodeId, positions })).catch(() => {});
};

const listen = (from: string, message: string) => {
  if (from !== channel) return;
  try {
    const { node, positions } = JSON.parse(message) as Told;
    if (node === nodeId) return;
    for (const [id, location, at] of positions) {
      const entry = findEntry(id);
      if (entry && at > entry.at && move(entry, location, at)) announce(entry);
    }
  } catch (error) {
    log.warn({ err: error }, 'positions of another node could not be read');
  }
};

const write = async () => {
  if (unwritten.size === 0) return;
  const batch = [...unwritten];
  unwritten.clear();
  try {
    await writePositions(batch.map(([vendorId, position]) => ({ vendorId, ...position })));
  } catch (error) {
    // Still true, unless something newer came meanwhile.
    for (const [id, position] of batch) if (!unwritten.has(id)) unwritten.set(id, position);
    throw error;
  }
};

let readUntil: string | null = null;
const follow = async () => {
  const { vendors, at } = await readChanged(readUntil, nodeId);
  if (readUntil === null) load(vendors);
  else
    for (const vendor of vendors) {
      const { entry, changed, moved } = put(vendor);
      if (changed) areaChanged(entry);
      if (moved) announce(entry);
    }
  readUntil = at;
};

/** Repeats `work`, never twice at once; says once when it fails and once when it works again. */
const repeat = (work: () => Promise<void>, milliseconds: number, what: string) => {
  let failing = false;
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= outsideTransaction(work)
      .then(
        () => {
          failing = false;
        },
        (error) => {
          if (!failing) log.warn({ err: error }, what);
          failing = true;
        },
      )
      .finally(() => {
        running = null;
      });
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await running;
  };
};

/** Reads where everybody is, and starts to tell, write and follow. The answer ends that; what is unwritten is written then. */
export const startVendors = async (): Promise<() => Promise<void>> => {
  readUntil = null;
  await follow();
  const timers = [setInterval(sendWaiting, TICK_MS), setInterval(tellOthers, TELL_MS)];
  const stopAreas = startAreas();
  const stopWriting = repeat(write, WRITE_MS, 'positions wait until the database answers');
  const stopFollowing = repeat(follow, POLL_MS, 'vendors of other nodes cannot be read; trying again');
  const stopTrails = startTrails();
  redisSubscriber?.subscribe(channel).catch((error) => log.warn({ err: error }, 'no positions from other nodes'));
  redisSubscriber?.on('message', listen);
  return async () => {
    for (const timer of timers) clearInterval(timer);
    stopAreas();
    redisSubscriber?.off('message', listen);
    tellOthers();
    await stopFollowing();
    await stopWriting();
    await write().catch((error) => log.warn({ err: error }, 'the last positions could not be written'));
    await stopTrails();
  };
};
