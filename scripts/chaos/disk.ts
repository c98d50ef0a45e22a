import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { judge, readHistory } from './checker.ts';
import { embeddedIn } from './databases.ts';
import { createNode } from './node.ts';
import { createSmallDisk } from './smallDisk.ts';
import { startWatcher, type Watcher } from './watchers.ts';
import { createShipments, openLedger, request, startWriter, type Writer, watcherOf } from './writers.ts';

/**
 * The disk under the embedded database is full: writes are refused, what was acknowledged is kept, and once there is room
 * again, at the latest after a restart, all is as before.
 */

/** An embedded database takes some 40 MB before anything is in it. */
const DISK_MB = 160;

export type DiskReport = {
  faults: string[];
  acknowledged: number;
  refused: number;
  /** From room on the disk to the next acknowledged write. */
  healedMs: number;
  restarted: boolean;
};

type Options = { seconds: number; clients: number };

export const fullDisk = async ({ seconds, clients }: Options): Promise<DiskReport> => {
  const disk = createSmallDisk(DISK_MB);
  const folder = join(disk.folder, 'data');
  mkdirSync(folder);
  const database = embeddedIn(folder);
  const node = await createNode(database.environment);
  const watchers: Watcher[] = [];
  const ledger = openLedger();
  const faults: string[] = [];
  const writers: Writer[] = [];
  try {
    await node.start();
    const { url } = node;
    const shipmentIds = await createShipments(url, 3);
    for (let n = 1; n <= clients; n += 1)
      watchers.push(startWatcher({ name: `watcher ${n}`, url, user: watcherOf(n), shipmentIds }));
    for (let n = 0; n < 3; n += 1)
      writers.push(startWriter({ name: `w${n}`, url, shipmentIds, ledger, pauseMs: 5, padding: 1_900 }));
    while (ledger.acknowledged.length < 50) await wait(20);

    disk.fill();
    // What it wrote ahead still has room for some of it.
    const until = Date.now() + 120_000;
    while (ledger.refused + ledger.unanswered + ledger.wrong.length === 0 && Date.now() < until) await wait(50);
    await wait(seconds * 1_000);
    if (ledger.refused + ledger.unanswered === 0) faults.push('no write was refused: this run proves nothing');
    const { status } = await request(url, 'GET', '/health/live').catch(() => ({ status: 0 }));
    if (status !== 200) faults.push(`with a full disk the process does not answer: ${status}`);

    disk.free();
    const healedAt = Date.now();
    const before = ledger.acknowledged.length;
    const written = async (milliseconds: number) => {
      const until = Date.now() + milliseconds;
      while (ledger.acknowledged.length === before && Date.now() < until) await wait(50);
      return ledger.acknowledged.length > before;
    };
    let restarted = false;
    if (!(await written(10_000))) {
      restarted = true;
      await node.kill('SIGKILL');
      await node.start();
      if (!(await written(15_000))) faults.push('no write is acknowledged though there is room again');
    }
    const healedMs = Date.now() - healedAt;
    await Promise.all(writers.map(({ stop }) => stop()));
    await wait(2_000);
    await node.kill('SIGTERM');
    const lost = judge(await readHistory(database), ledger, watchers);
    return {
      faults: [...faults, ...lost, ...new Set(ledger.wrong), ...node.surprises()],
      acknowledged: ledger.acknowledged.length,
      refused: ledger.refused + ledger.unanswered,
      healedMs,
      restarted,
    };
  } finally {
    // Also when something threw above: a writer that goes on would keep this process alive.
    await Promise.all(writers.map(({ stop }) => stop()));
    for (const watcher of watchers) watcher.close();
    await node.kill('SIGKILL');
    disk.remove();
  }
};
