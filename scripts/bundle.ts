import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/**
 * The server as a few files instead of its two hundred and those of its packages, which Node would look for, read and
 * compile one by one: that was more than half of a start.
 */

/** These hold native code, or read files that stand beside them. */
const LEFT_IN_NODE_MODULES = [/^@node-rs\/argon2/, /^@electric-sql\/pglite/, /^@grpc\//, 'grpc-health-check'];

const PACKAGES = 'packages';

/** Not spelled out: `npm test` would take it for this file's own address. */
const ADDRESS = ['import', 'meta', 'url'].join('.');

/** Says, as JavaScript, what the address is of a source that is no file of its own any more. */
type Locate = (source: string) => string;

const isOurs = (source: string) => /^(server|scripts)\//.test(source);

const knowingItsPlace = (root: string, entries: readonly string[], locate: Locate): Plugin => ({
  name: ADDRESS,
  transform(code, id) {
    const source = path.relative(root, id);
    // An entry stays a file, and compares its address with what Node was started with.
    if (!isOurs(source) || entries.includes(source) || !code.includes(ADDRESS)) return null;
    return { code: code.replaceAll(ADDRESS, locate(source)), map: null };
  },
});

/** A map names the sources and their lines. Their texts, which it brings along, Node would keep: 13 MB of resident memory. */
const withoutSources = (map: string): string => JSON.stringify({ ...JSON.parse(map), sourcesContent: undefined });

/**
 * Writes JavaScript for `entries` (paths from `root`) into `folder`, each where its source stands. What they share goes
 * into server/, packages into a file of their own; what is imported later is loaded later.
 */
export const bundle = async (
  root: string,
  folder: string,
  entries: readonly string[],
  locate: Locate,
): Promise<void> => {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry.replace(/\.ts$/, ''), path.join(root, entry)])),
    platform: 'node',
    external: LEFT_IN_NODE_MODULES,
    plugins: [knowingItsPlace(root, entries, locate)],
    // Its warnings are about what packages do.
    logLevel: 'silent',
  });
  const { output } = await build.generate({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: 'server/[name].js',
    codeSplitting: { groups: [{ name: PACKAGES, test: /node_modules/, tags: ['$initial'] }] },
    sourcemap: true,
  });
  await build.close();
  for (const part of output) {
    // Node reads a map as soon as it loads the file, and that of all packages is four times as large as ours.
    const ofPackages = path.basename(part.fileName).startsWith(PACKAGES);
    if (part.type === 'asset' && ofPackages) continue;
    const text = part.type === 'asset' ? withoutSources(String(part.source)) : part.code;
    const file = path.join(folder, part.fileName);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, ofPackages ? text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n') : text);
  }
};

/** What stands beside the sources and is read when they run: migrations, protocol files. */
const isAsset = (file: string) => statSync(file).isFile() && !/\.(ts|tsx|md)$/.test(file);

/** As if the source were still a file of its own: what it reads stands beside it in the build as well. */
const inBuild: Locate = (source) => {
  const fromServer = path.posix.relative('server', source).replace(/\.ts$/, '.js');
  return `new URL('./${fromServer}', ${ADDRESS}).href`;
};

/** The server and the command line as they are deployed, with all that they read but the dashboard. */
export const bundleServer = async (root: string, folder: string): Promise<void> => {
  await bundle(root, folder, ['server/index.ts', 'scripts/create-user.ts'], inBuild);
  const server = path.join(root, 'server');
  for (const name of readdirSync(server, { recursive: true, encoding: 'utf8' }))
    if (isAsset(path.join(server, name))) cpSync(path.join(server, name), path.join(folder, 'server', name));
};
