import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * All TypeScript of a project as JavaScript in another folder, made once for a whole run of its tests: through tsx each
 * of some 225 processes of a run needs a second more to start.
 *
 * A compiled file takes itself for its source (`import.meta.url`), so it finds what stands beside the source and at the
 * project's root without a copy. TypeScript that it runs or imports by such an address goes through `runnable`.
 *
 * What is started often, as a process of its own, is bundled as the build is: the server, and what is loaded into it.
 */
const STARTED = ['server/index.ts', 'scripts/demo/break/answer-queries.ts'];
/** Where that stands, below the compiled files. */
const BUNDLED = 'bundled';

/** Not where a file compares it with what Node was started with, to see whether it is that one. */
const ITSELF = /\bimport\.meta\.(url|dirname)\b(?! ===)/g;

/** Types are left to `npm run check`: the JavaScript is the same without. */
const OPTIONS = ['--noEmit', 'false', '--noCheck', '--noResolve', '--sourceMap'];

const sourceOf = (file: string): string => {
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: [string] };
  return path.resolve(path.dirname(file), sources[0]);
};

/** Compiles the project in `root` into an empty folder. Rejects with what TypeScript says when it cannot read a file. */
export const compileInto = async (folder: string, root: string): Promise<void> => {
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  const where = ['-p', path.join(root, 'tsconfig.json'), '--rootDir', root, '--outDir', folder];
  await promisify(execFile)(tsc, [...where, ...OPTIONS]).catch((error: Error & { stdout: string }) => {
    throw new Error(`TypeScript could not be compiled:\n${error.stdout || error.message}`);
  });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const file = path.join(folder, name);
    const code = readFileSync(file, 'utf8');
    const knowing = code.replace(ITSELF, (_, what) => {
      const source = sourceOf(file);
      return JSON.stringify(what === 'url' ? pathToFileURL(source).href : path.dirname(source));
    });
    if (knowing !== code) writeFileSync(file, knowing);
  }
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(realpathSync(path.join(root, 'node_modules')), path.join(folder, 'node_modules'));
  // Coverage is counted in the files as they are.
  if (process.env.NODE_V8_COVERAGE || !STARTED.every((source) => existsSync(path.join(root, source)))) return;
  // Not above: every test asks this file where things stand.
  const { bundle } = await import('../bundle.ts');
  await bundle(root, path.join(folder, BUNDLED), STARTED, (source) =>
    JSON.stringify(pathToFileURL(path.join(root, source)).href),
  );
};

/** Where the compiled form of a source stands. The source's path is relative to its project. */
export const compiledPath = (folder: string, source: string): string =>
  path.join(folder, source.replace(/\.tsx?$/, '.js'));

/** The form of a source that Node is to be started with. */
export const startedPath = (folder: string, source: string): string =>
  STARTED.includes(source) && existsSync(path.join(folder, BUNDLED))
    ? compiledPath(path.join(folder, BUNDLED), source)
    : compiledPath(folder, source);

/** A text in which paths of compiled files, absolute or from `root`, are those of their sources from `root` instead. */
export const namingSources = (text: string, folder: string, root: string, sources: readonly string[]): string => {
  let named = text;
  for (const source of sources) {
    const file = compiledPath(folder, source);
    named = named.replaceAll(path.relative(root, file), source).replaceAll(file, source);
  }
  return named;
};
