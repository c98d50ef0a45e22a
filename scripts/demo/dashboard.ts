import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './childProcesses.ts';

/** The dashboard as the server serves it: built by Vite into dist/client. */

const newest = (path: string): number =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

/** What the built pages are made of. */
const SOURCES = ['client', 'server/contract', 'vite.config.ts', 'package-lock.json'];

const isBuilt = (root: string): boolean => {
  const page = join(root, 'dist/client/index.html');
  return existsSync(page) && statSync(page).mtimeMs > Math.max(...SOURCES.map((path) => newest(join(root, path))));
};

/**
 * Builds the dashboard unless the last build is newer than its sources. Built beside its place and then moved there:
 * two that build at once, such as two tests, must not empty the folder under each other.
 */
export const buildDashboard = async (root: string, env: NodeJS.ProcessEnv): Promise<void> => {
  if (isBuilt(root)) return;
  const place = join(root, 'dist/client');
  const beside = `${place}-${process.pid}`;
  try {
    await runToEnd('Building the dashboard', {
      // Whatever the server runs as: React's development build would be twice as large and slow.
      env: { ...env, NODE_ENV: 'production' },
      arguments: [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', beside, '--logLevel', 'warn'],
    });
    rmSync(place, { recursive: true, force: true });
    renameSync(beside, place);
  } catch (error) {
    // Somebody put the same build there in this very moment.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
};
