import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, statSync } from 'node:fs';

/**
 * `npm run build`: server and command line into dist/server and dist/scripts, the dashboard into dist/client, the
 * library `waybeat/client` into dist/lib. `tsx scripts/build.ts lib` builds the library alone.
 */

/** Runs a tool of this project; when it fails it has said why, and the build ends as it did. */
const tool = (name: string, ...args: string[]) => {
  const { status, error } = spawnSync(`node_modules/.bin/${name}`, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

/** What stands beside the sources and is read when they run: migrations, protocol files. */
const isAsset = (path: string) =>
  statSync(path).isDirectory() ? !path.endsWith('/testing') : !/\.(ts|tsx|md)$/.test(path);

const buildServer = () => {
  // A migration that was renamed must not stay behind in the build: it would be applied again under its old name.
  for (const folder of ['dist/server', 'dist/scripts']) rmSync(folder, { recursive: true, force: true });
  tool('tsc', '-p', 'tsconfig.build.json');
  cpSync('server', 'dist/server', { recursive: true, filter: isAsset });
  if (!existsSync('dist/server/migrations')) throw new Error('the build holds no migrations');
};

const buildDashboard = () => tool('vite', 'build');

const buildLibrary = () => {
  rmSync('dist/lib', { recursive: true, force: true });
  tool('tsc', '-p', 'tsconfig.lib.json');
};

if (process.argv[2] === 'lib') buildLibrary();
else {
  buildServer();
  buildDashboard();
  buildLibrary();
}
