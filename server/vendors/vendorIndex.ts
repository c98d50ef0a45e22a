import RBush from 'rbush';
import { type Bounds, MAX_NEARBY, type Position, type Vendor } from '../contract/vendors.ts';
import { type Box, boxesAround, boxesOf, distanceMeters, type Point } from './geography.ts';

/**
 * All vendors that this node knows, by id and, in an R-tree, by place. A question costs the logarithm of their number
 * and its own answer, wherever on earth it is asked.
 */

export type Entry = Box & {
  vendor: Vendor;
  /** When it was where it is, in ms; 0: never reported. */
  at: number;
  /** When its followers last heard of it. */
  sentAt: number;
};

const entries = new Map<string, Entry>();
const tree = new RBush<Entry>();

const place = (entry: Entry, { lat, long }: Point) => {
  entry.minX = long;
  entry.maxX = long;
  entry.minY = lat;
  entry.maxY = lat;
};

export const findEntry = (id: string): Entry | undefined => entries.get(id);

/** Notes where a vendor is. Answers false, and changes nothing, when something newer is known. */
export const move = (entry: Entry, location: Position, at: number): boolean => {
  if (at < entry.at) return false;
  const { vendor } = entry;
  const isSame = vendor.location?.lat === location.lat && vendor.location.long === location.long;
  if (vendor.location && !isSame) tree.remove(entry);
  const wasNowhere = vendor.location === null;
  entry.vendor = { ...vendor, location, locatedAt: new Date(at).toISOString() };
  entry.at = at;
  if (isSame) return true;
  place(entry, location);
  if (wasNowhere || !isSame) tree.insert(entry);
  return true;
};

/** Takes a vendor as the database tells it; a newer position that is known already stays. Answers whether it differs. */
export const put = (vendor: Vendor): { entry: Entry; changed: boolean; moved: boolean } => {
  const known = entries.get(vendor.id);
  const at = vendor.locatedAt === null ? 0 : Date.parse(vendor.locatedAt);
  if (!known) {
    const entry: Entry = { vendor, at, sentAt: 0, minX: 0, minY: 0, maxX: 0, maxY: 0 };
    entries.set(vendor.id, entry);
    if (vendor.location) {
      place(entry, vendor.location);
      tree.insert(entry);
    }
    return { entry, changed: true, moved: vendor.location !== null };
  }
  const changed = vendor.version > known.vendor.version;
  if (changed || vendor.updatedAt > known.vendor.updatedAt)
    known.vendor = { ...vendor, location: known.vendor.location, locatedAt: known.vendor.locatedAt };
  const moved = vendor.location !== null && at > known.at && move(known, vendor.location, at);
  return { entry: known, changed, moved };
};

/** Takes all vendors at once, at start: an R-tree is built faster and better so. */
export const load = (vendors: Vendor[]): void => {
  entries.clear();
  tree.clear();
  const placed: Entry[] = [];
  for (const vendor of vendors) {
    const at = vendor.locatedAt === null ? 0 : Date.parse(vendor.locatedAt);
    const entry: Entry = { vendor, at, sentAt: 0, minX: 0, minY: 0, maxX: 0, maxY: 0 };
    entries.set(vendor.id, entry);
    if (!vendor.location) continue;
    place(entry, vendor.location);
    placed.push(entry);
  }
  tree.load(placed);
};

const search = (boxes: Box[]): Entry[] =>
  boxes.length === 1 ? tree.search(boxes[0]!) : [...new Set(boxes.flatMap((box) => tree.search(box)))];

export const within = (bounds: Bounds): Entry[] => search(boxesOf(bounds));

/** How far is looked first for the nearest few; four times as far each time they are not enough. */
const FIRST_METERS = 1_000;

/** The nearest within `radius` metres, nearest first. */
export const nearest = (
  center: Point,
  radius: number,
  limit = MAX_NEARBY,
  matches: (vendor: Vendor) => boolean = () => true,
): { vendor: Vendor; distanceMeters: number }[] => {
  for (let reach = Math.min(FIRST_METERS, radius); ; reach = Math.min(reach * 4, radius)) {
    const found = search(boxesAround(center, reach)).flatMap(({ vendor }) => {
      if (!vendor.location || !matches(vendor)) return [];
      const meters = distanceMeters(center, vendor.location);
      return meters <= reach ? [{ vendor, distanceMeters: meters }] : [];
    });
    if (found.length < limit && reach < radius) continue;
    found.sort((a, b) => a.distanceMeters - b.distanceMeters || (a.vendor.id < b.vendor.id ? -1 : 1));
    return found.slice(0, limit);
  }
};
