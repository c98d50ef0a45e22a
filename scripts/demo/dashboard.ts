import { existsSync, readdirSync, statSync } from 'node:fs';
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

/** Builds the dashboard unless the last build is newer than its sources. */
export const buildDashboard = async (root: string, env: NodeJS.ProcessEnv): Promise<void> => {
  if (isBuilt(root)) return;
  await runToEnd('Building the dashboard', {
    env,
    arguments: [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
  });
};
