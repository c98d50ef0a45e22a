import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk in memory that is small enough to be filled up, and emptied again. Needs root and tmpfs. */

const mount = (folder: string, megabytes: number) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { encoding: 'utf8' });

const makeFolder = () => mkdtempSync(join(tmpdir(), 'waybeat-disk-'));

/** Why this machine cannot have one; undefined when it can. */
export const missingDisk = (): string | undefined => {
  const folder = makeFolder();
  try {
    const { status, stderr, error } = mount(folder, 1);
    if (status !== 0) return `a small disk needs root and tmpfs (${error?.message ?? stderr.trim()})`;
    spawnSync('umount', [folder]);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export type SmallDisk = {
  /** Where it is mounted. */
  folder: string;
  /** Leaves no byte to anybody, until `free`. */
  fill: () => void;
  free: () => void;
  /** Whoever uses it must have gone. */
  remove: () => void;
};

export const createSmallDisk = (megabytes: number): SmallDisk => {
  const folder = makeFolder();
  const { status, stderr } = mount(folder, megabytes);
  if (status !== 0) throw new Error(`no disk: ${stderr}`);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(ballast, Buffer.alloc(bavail * bsize));
      } catch (error) {
        // The server on it wrote between the question and the answer: then the disk is as full as it can be.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove: () => {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
