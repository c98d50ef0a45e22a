import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const FOLDERS = ['server', 'client', 'scripts'];
const SKIPPED = new Set(['node_modules', 'dist']);

const testsBelow = (root: string, folder: string): string[] =>
  readdirSync(path.join(root, folder))
    .sort()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      if (statSync(path.join(root, file)).isDirectory()) return SKIPPED.has(name) ? [] : testsBelow(root, file);
      return /\.test\.tsx?$/.test(name) ? [file] : [];
    });

/**
 * The test files of the project in `root` whose path holds one of the words, or all of them. They are named one by one
 * to Node's runner, since Node 20 runs 0 tests, and is content, when it is given a folder or a quoted pattern.
 */
export const collectTests = (root: string, words: readonly string[] = []): string[] =>
  FOLDERS.filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) => testsBelow(root, folder))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
