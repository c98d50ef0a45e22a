import RBush from 'rbush';
import type { AreaVendor, Bounds, VendorBrief } from '../contract/vendors.ts';
import { config } from '../platform/config.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import type { LiveSocket } from '../websocket/types.ts';
import { type Box, boxesOf, widthOf } from './geography.ts';
import { type Entry, within } from './vendorIndex.ts';

/**
 * What maps show. Each viewer has one area; the boxes of all areas stand in an R-tree that is asked where a vendor is
 * now, so a move costs the logarithm of the number of viewers and those who see it, and nothing for viewers elsewhere.
 */

/** More markers than a map can show; a wider view gets an even sample of this size. */
const MAX_VENDORS = 2_000;
/** A viewport in pixels, about: moves below one are not seen. */
const PIXELS = 1_000;
/** Even one that seems to stand still is told this often, so that its age on the map is true. */
const STILL_MS = 3_000;

type Area = {
  socket: LiveSocket;
  boxes: (Box & { area: Area })[];
  /** At least this long between two updates of one vendor. */
  cadence: number;
  /** Degrees that a pixel of this map shows. */
  pixel: number;
  /** Vendors whose hash is above this are left out. */
  sample: number;
  members: Map<Entry, { lat: number; long: number; sentAt: number }>;
  waiting: Set<Entry>;
};

const tree = new RBush<Box & { area: Area }>();
const areas = new Map<string, Area>();
/** Who sees a vendor, to find those whom it leaves. */
const viewers = new Map<Entry, Set<Area>>();
const waiting = new Set<Area>();

/** From 0 to 1 and the same for ever: a sample stays the same while the map moves. */
const hashOf = (id: string): number => {
  let hash = 2166136261;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/** Far out a street is less than a pixel: what a map cannot show is not sent. */
const cadenceFor = (span: number): number => {
  const fastest = 1000 / config.LOCATION_HZ;
  return Math.max(fastest, span <= 0.5 ? fastest : span <= 5 ? 500 : span <= 30 ? 1_000 : 2_000);
};

const enter = (area: Area, entry: Entry, sentAt: number) => {
  const { lat, long } = entry.vendor.location!;
  area.members.set(entry, { lat, long, sentAt });
  const seen = viewers.get(entry);
  if (seen) seen.add(area);
  else viewers.set(entry, new Set([area]));
};

const leave = (area: Area, entry: Entry) => {
  area.members.delete(entry);
  area.waiting.delete(entry);
  const seen = viewers.get(entry);
  seen?.delete(area);
  if (seen?.size === 0) viewers.delete(entry);
};

export const closeArea = (socketId: string): void => {
  const area = areas.get(socketId);
  if (!area) return;
  areas.delete(socketId);
  waiting.delete(area);
  for (const box of area.boxes) tree.remove(box);
  for (const entry of [...area.members.keys()]) leave(area, entry);
};

const toAreaVendor = ({ vendor }: Entry): AreaVendor => ({ ...vendor, vendorId: vendor.id });

/** What is to be seen in `bounds` now, and how much of it if that is too much. */
const look = (bounds: Bounds) => {
  const all = within(bounds);
  const sample = Math.min(1, MAX_VENDORS / all.length);
  return { sample, found: sample === 1 ? all : all.filter(({ vendor }) => hashOf(vendor.id) <= sample) };
};

/**
 * Makes `bounds` the area of a socket, in place of the one before. `vendors` are for the answer; `open` is called once
 * that has been sent, and from then on updates come.
 */
export const prepareArea = (
  socket: LiveSocket,
  bounds: Bounds,
): { vendors: AreaVendor[]; truncated: boolean; open: () => void } => {
  const { found, sample } = look(bounds);
  const open = () => {
    const isNew = !areas.has(socket.id);
    closeArea(socket.id);
    if (!socket.connected) return;
    const span = Math.max(widthOf(bounds), bounds.north - bounds.south);
    const area: Area = {
      socket,
      boxes: [],
      cadence: cadenceFor(span),
      pixel: span / PIXELS,
      sample,
      members: new Map(),
      waiting: new Set(),
    };
    area.boxes = boxesOf(bounds).map((box) => ({ ...box, area }));
    areas.set(socket.id, area);
    for (const box of area.boxes) tree.insert(box);
    for (const entry of found) enter(area, entry, 0);
    if (isNew) socket.once('disconnect', () => closeArea(socket.id));
  };
  return { vendors: found.map(toAreaVendor), truncated: sample < 1, open };
};

const isIn = (area: Area, entry: Entry) =>
  area.boxes.some(
    ({ minX, minY, maxX, maxY }) =>
      entry.minX >= minX && entry.minX <= maxX && entry.minY >= minY && entry.minY <= maxY,
  );

/** When a member's newest position may be sent to this area. */
const dueAt = (area: Area, entry: Entry): number => {
  const last = area.members.get(entry)!;
  const { lat, long } = entry.vendor.location!;
  const isStill = Math.abs(lat - last.lat) < area.pixel && Math.abs(long - last.long) < area.pixel;
  return last.sentAt + (isStill ? Math.max(area.cadence, STILL_MS) : area.cadence);
};

const noteSent = (area: Area, entry: Entry, now: number) => {
  const last = area.members.get(entry)!;
  const { lat, long } = entry.vendor.location!;
  last.lat = lat;
  last.long = long;
  last.sentAt = now;
  area.waiting.delete(entry);
};

export const fieldsOf = ({ vendor, at }: Entry) => ({
  vendorId: vendor.id,
  location: vendor.location,
  timestamp: new Date(at).toISOString(),
});

export const briefOf = ({
  id,
  companyId,
  ownerId,
  name,
  description,
  category,
  isOpen,
}: Entry['vendor']): VendorBrief => ({
  id,
  companyId,
  ownerId,
  name,
  description,
  category,
  isOpen,
});

const tell = (ids: string[], entry: Entry, more: object = {}) => {
  if (ids.length > 0) deliverEphemeral('/location', ids, 'location_updated', { ...fieldsOf(entry), ...more });
};

/** Brings areas up to date with a vendor that moved. Answers the ids of sockets whose turn it is to hear of it. */
export const areaMoved = (entry: Entry, now: number): string[] => {
  const heard: string[] = [];
  const came: string[] = [];
  const left: string[] = [];
  for (const area of [...(viewers.get(entry) ?? [])]) {
    if (!isIn(area, entry)) {
      leave(area, entry);
      left.push(area.socket.id);
    } else if (dueAt(area, entry) <= now) {
      noteSent(area, entry, now);
      heard.push(area.socket.id);
    } else {
      area.waiting.add(entry);
      waiting.add(area);
    }
  }
  for (const { area } of tree.search(entry)) {
    if (area.members.has(entry) || (area.sample < 1 && hashOf(entry.vendor.id) > area.sample)) continue;
    enter(area, entry, now);
    came.push(area.socket.id);
  }
  tell(left, entry, { left: true });
  tell(came, entry, { vendor: briefOf(entry.vendor) });
  return heard;
};

/** Tells everybody who sees a vendor what it is now: open, or under another name. */
export const areaChanged = (entry: Entry): void => {
  if (!entry.vendor.location) return;
  const ids = [...(viewers.get(entry) ?? [])].map(({ socket }) => socket.id);
  tell(ids, entry, { vendor: briefOf(entry.vendor) });
};

const sendWaiting = () => {
  const now = Date.now();
  const due = new Map<Entry, string[]>();
  for (const area of waiting) {
    for (const entry of area.waiting) {
      if (dueAt(area, entry) > now) continue;
      noteSent(area, entry, now);
      const ids = due.get(entry);
      if (ids) ids.push(area.socket.id);
      else due.set(entry, [area.socket.id]);
    }
    if (area.waiting.size === 0) waiting.delete(area);
  }
  for (const [entry, ids] of due) tell(ids, entry);
};

/** Sends what waits for its turn; the answer stops that. */
export const startAreas = (): (() => void) => {
  const timer = setInterval(sendWaiting, 100);
  return () => clearInterval(timer);
};
