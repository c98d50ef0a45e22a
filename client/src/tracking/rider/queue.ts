import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { ParcelStatus } from '../wire.ts';

/**
 * What the rider did and where they were, kept on the phone until the server has it. Written before anything is sent:
 * closing the page, a dead battery or a dead spot lose nothing.
 */

export type QueuedFix = {
  lat: number;
  long: number;
  heading?: number;
  speed?: number;
  accuracy?: number;
  recordedAt: string;
  /** Counts up on this device: the server knows a repeated fix by it. */
  sequence: number;
};

type Common = {
  id: number;
  userId: string;
  awb: string;
  /** The same at every attempt: the server does it once. */
  key: string;
  /** Why the server did not take it; kept until the rider has seen it. */
  refused?: string;
};
export type QueuedPosition = Common & { kind: 'position'; fix: QueuedFix };
export type QueuedStatus = Common & { kind: 'status'; status: ParcelStatus; description?: string; recordedAt: string };
export type QueuedPhoto = Common & { kind: 'photo'; photo: ArrayBuffer; type: string; takenAt: string };
export type Queued = QueuedPosition | QueuedStatus | QueuedPhoto;

type New<Item> = Item extends Queued ? Omit<Item, 'id'> : never;
export type NewQueued = New<Queued>;

interface Schema extends DBSchema {
  outbox: { key: number; value: Queued; indexes: { userId: string } };
  device: { key: string; value: { name: string; value: string | number } };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;
const database = () => {
  opened ??= openDB<Schema>('waybeat-rider', 1, {
    upgrade: (db) => {
      db.createObjectStore('outbox', { keyPath: 'id', autoIncrement: true }).createIndex('userId', 'userId');
      db.createObjectStore('device', { keyPath: 'name' });
    },
  });
  return opened;
};

const listeners = new Set<() => void>();
/** Other tabs of the same rider look at the same queue. */
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('waybeat-rider');
const tellHere = () => {
  for (const listener of listeners) listener();
};
if (channel) channel.onmessage = tellHere;
const changed = () => {
  channel?.postMessage('changed');
  tellHere();
};

export const onQueueChange = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

export const enqueue = async (...items: NewQueued[]): Promise<void> => {
  const transaction = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
  // The store gives the id.
  await Promise.all(items.map((item) => transaction.store.add(item as Queued)));
  await transaction.done;
  changed();
};

/** In the order in which it happened. */
export const readQueue = async (userId: string): Promise<Queued[]> =>
  (await database()).getAllFromIndex('outbox', 'userId', userId);

export const dequeue = async (ids: readonly number[]): Promise<void> => {
  const transaction = (await database()).transaction('outbox', 'readwrite');
  await Promise.all(ids.map((id) => transaction.store.delete(id)));
  await transaction.done;
  changed();
};

export const refuse = async (items: readonly Queued[], reason: string): Promise<void> => {
  const transaction = (await database()).transaction('outbox', 'readwrite');
  await Promise.all(items.map((item) => transaction.store.put({ ...item, refused: reason })));
  await transaction.done;
  changed();
};

/** The next numbers of this device, and its name. Taken in one transaction, so that two tabs never take the same. */
export const takeSequences = async (count: number): Promise<{ deviceId: string; first: number }> => {
  const transaction = (await database()).transaction('device', 'readwrite');
  const kept = Number((await transaction.store.get('sequence'))?.value ?? 0);
  await transaction.store.put({ name: 'sequence', value: kept + count });
  await transaction.done;
  return { deviceId: await deviceId(), first: kept };
};

export const deviceId = async (): Promise<string> => {
  const transaction = (await database()).transaction('device', 'readwrite');
  const kept = (await transaction.store.get('id'))?.value;
  const id =
    typeof kept === 'string'
      ? kept
      : Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join('');
  if (kept === undefined) await transaction.store.put({ name: 'id', value: id });
  await transaction.done;
  return id;
};
