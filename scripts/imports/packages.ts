import path from 'node:path';
import type { Import } from './read.ts';

export type Manifest = { dependencies?: Record<string, string>; peerDependencies?: Record<string, string> };

/** `@scope/name/deep` → `@scope/name`; null for what Node itself brings, and for files. */
const packageOf = (specifier: string): string | null => {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
};

/** The files that `entry` brings along at run time. */
const reachable = (entry: string, imports: ReadonlyMap<string, readonly Import[]>): Set<string> => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    const references = imports.get(file);
    if (seen.has(file) || !references) return;
    seen.add(file);
    for (const { specifier, typeOnly } of references)
      if (specifier?.startsWith('.') && !typeOnly) visit(path.posix.join(path.posix.dirname(file), specifier));
  };
  visit(entry);
  return seen;
};

/**
 * Finds what would be missing once the development packages are gone: on a dyno that prunes them, and in another app
 * that installed `waybeat/client`.
 */
export const missingPackages = (imports: ReadonlyMap<string, readonly Import[]>, manifest: Manifest) => {
  const faults: { file: string; line: number; rule: string }[] = [];
  const check = (entry: string, allowed: object, where: string) => {
    if (!imports.has(entry)) faults.push({ file: entry, line: 1, rule: 'is gone: name what takes its place' });
    for (const file of reachable(entry, imports))
      for (const { specifier, line, typeOnly } of imports.get(file) ?? []) {
        const name = specifier === null ? null : packageOf(specifier);
        if (name !== null && !typeOnly && !(name in allowed))
          faults.push({ file, line, rule: `${name} is needed at run time: it belongs into ${where}` });
      }
  };
  check('server/index.ts', manifest.dependencies ?? {}, 'dependencies');
  check('scripts/create-user.ts', manifest.dependencies ?? {}, 'dependencies');
  check(
    'client/src/index.ts',
    { ...manifest.dependencies, ...manifest.peerDependencies },
    'dependencies or peerDependencies',
  );
  return faults;
};
