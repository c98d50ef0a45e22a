import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Manifest, missingPackages } from './packages.ts';
import { readImports } from './read.ts';
import { faultOf, placeFaultOf } from './rules.ts';

const FOLDERS = ['server', 'client', 'scripts'];
const SKIPPED = new Set(['node_modules', 'dist']);

export type Fault = { file: string; line: number; rule: string };

const sourcesBelow = (root: string, folder: string): string[] =>
  readdirSync(path.join(root, folder)).flatMap((name) => {
    const file = `${folder}/${name}`;
    if (statSync(path.join(root, file)).isDirectory()) return SKIPPED.has(name) ? [] : sourcesBelow(root, file);
    return /\.tsx?$/.test(name) ? [file] : [];
  });

/**
 * Reads every source of the project in `root` and lists the imports that break a rule. Throws when there is no source
 * at all, since a check that sees nothing would pass forever, and when one cannot be parsed.
 */
export const checkImports = (root: string): { files: number; imports: number; faults: Fault[] } => {
  const files = FOLDERS.filter((folder) => existsSync(path.join(root, folder))).flatMap((folder) =>
    sourcesBelow(root, folder),
  );
  if (files.length === 0) throw new Error(`no TypeScript below ${FOLDERS.join(', ')} in ${root}: nothing was checked`);

  const imports = new Map(files.map((file) => [file, readImports(file, readFileSync(path.join(root, file), 'utf8'))]));
  const faults: Fault[] = [];
  for (const [file, references] of imports) {
    const misplaced = placeFaultOf(file);
    if (misplaced) faults.push({ file, line: 1, rule: misplaced });
    for (const reference of references) {
      const rule = misplaced ? undefined : faultOf(file, reference);
      if (rule) faults.push({ file, line: reference.line, rule });
    }
  }
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  faults.push(...missingPackages(imports, manifest));
  return { files: files.length, imports: [...imports.values()].flat().length, faults };
};
