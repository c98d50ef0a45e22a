import { config } from '../platform/config.ts';
import { log } from '../platform/log.ts';
import { redis } from '../platform/redis.ts';
import { readParcels, readRevisions, type StoredParcel } from './store.ts';

/**
 * Parcels as they were read, for two minutes. In Redis a write removes them for all nodes; a generation that moves with
 * it keeps a slower reader from putting back what it read before. Without Redis each node keeps its own and asks the
 * database, by a look at the rows' revisions, whether they still stand: nobody else would tell it.
 */

const SECONDS = 120;
const MAX_KEPT = 10_000;
const key = (awb: string) => `${config.REDIS_PREFIX}parcel:${awb}`;
const generation = (awb: string) => `${config.REDIS_PREFIX}parcel-generation:${awb}`;

type Kept = { parcel: StoredParcel; revision: string; until: number };
const kept = new Map<string, Kept>();

const keep = (awb: string, entry: Kept) => {
  kept.delete(awb);
  kept.set(awb, entry);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
};

const readHere = async (awbs: string[]): Promise<Map<string, StoredParcel>> => {
  const known = awbs.filter((awb) => (kept.get(awb)?.until ?? 0) > Date.now());
  const revisions = await readRevisions(awbs);
  const found = new Map<string, StoredParcel>();
  for (const awb of known) {
    const entry = kept.get(awb);
    if (entry && entry.revision === revisions.get(awb)) found.set(awb, entry.parcel);
  }
  const rest = awbs.filter((awb) => !found.has(awb) && revisions.has(awb));
  if (rest.length === 0) return found;
  const until = Date.now() + SECONDS * 1000;
  for (const [awb, parcel] of await readParcels(rest)) {
    found.set(awb, parcel);
    // Read after the revision: at worst newer than it says, which only costs another read.
    keep(awb, { parcel, revision: revisions.get(awb)!, until });
  }
  return found;
};

/** Stores what was read unless a write came between: KEYS are value and generation, ARGV what was read and when. */
const STORE = `if (redis.call('get', KEYS[2]) or '') == ARGV[2] then
  redis.call('set', KEYS[1], ARGV[1], 'EX', ${SECONDS}) end`;

const readShared = async (awbs: string[]): Promise<Map<string, StoredParcel>> => {
  const values = await redis!.mget([...awbs.map(key), ...awbs.map(generation)]);
  const found = new Map<string, StoredParcel>();
  const missing: { awb: string; generation: string }[] = [];
  awbs.forEach((awb, n) => {
    const value = values[n];
    if (value) found.set(awb, JSON.parse(value) as StoredParcel);
    else missing.push({ awb, generation: values[awbs.length + n] ?? '' });
  });
  if (missing.length === 0) return found;
  const read = await readParcels(missing.map(({ awb }) => awb));
  for (const { awb, generation: seen } of missing) {
    const parcel = read.get(awb);
    if (!parcel) continue;
    found.set(awb, parcel);
    redis!.eval(STORE, 2, key(awb), generation(awb), JSON.stringify(parcel), seen).catch(() => {});
  }
  return found;
};

/** These parcels, from the cache where it has them; those that do not exist are absent. */
export const cachedParcels = async (awbs: string[]): Promise<Map<string, StoredParcel>> => {
  if (awbs.length === 0) return new Map();
  if (redis?.status !== 'ready') return readHere(awbs);
  try {
    return await readShared(awbs);
  } catch (error) {
    log.debug({ err: error }, 'parcels are read without Redis');
    return readHere(awbs);
  }
};

/** Written while Redis was away: what it still holds of these is old. */
const unforgotten = new Set<string>();
redis?.on('ready', () => {
  const awbs = [...unforgotten];
  unforgotten.clear();
  forgetParcels(awbs);
});

/** Removes parcels that were just written, for all nodes. Sent before anybody is told of the write by the same connection. */
export const forgetParcels = (awbs: string[]): void => {
  if (!redis || awbs.length === 0) return;
  const all = redis.multi();
  for (const awb of awbs)
    all
      .incr(generation(awb))
      .expire(generation(awb), SECONDS * 5)
      .del(key(awb));
  all.exec().catch(() => {
    for (const awb of awbs) unforgotten.add(awb);
  });
};
