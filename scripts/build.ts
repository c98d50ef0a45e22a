import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { bundleServer } from './bundle.ts';

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

const buildServer = async () => {
  // A migration that was renamed must not stay behind in the build: it would be applied again under its old name.
  for (const folder of ['dist/server', 'dist/scripts']) rmSync(folder, { recursive: true, force: true });
  tool('tsc', '-p', 'tsconfig.build.json');
  await bundleServer(process.cwd(), 'dist');
};

const buildDashboard = () => tool('vite', 'build');

const buildLibrary = () => {
  rmSync('dist/lib', { recursive: true, force: true });
  tool('tsc', '-p', 'tsconfig.lib.json');
};

if (process.argv[2] === 'lib') buildLibrary();
else {
  await buildServer();
  buildDashboard();
  buildLibrary();
}
