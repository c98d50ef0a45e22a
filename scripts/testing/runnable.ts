import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startedPath } from './compile.ts';

/**
 * How Node runs a TypeScript file of this project: `node ...LOADER, runnable(file)`. From the sources that is through
 * tsx; below `npm test`, which has compiled all of them before it began, Node needs no help.
 */
const compiled = process.env.WAYBEAT_TEST_COMPILED;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Options that stand before modules to preload and before the file. */
export const LOADER: readonly string[] = compiled ? [] : ['--import', 'tsx'];

/** The path under which Node runs or imports a TypeScript file. A path that is not absolute starts at the project. */
export const runnable = (file: string | URL): string => {
  const source = file instanceof URL ? fileURLToPath(file) : path.resolve(root, file);
  return compiled ? startedPath(compiled, path.relative(root, source)) : source;
};
