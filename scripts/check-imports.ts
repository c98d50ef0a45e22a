import path from 'node:path';
import { checkImports } from './imports/check.ts';

/** Prints each import that breaks a rule as file:line, and exits 1 when there is one. Argument: a folder, default here. */

const { files, imports, faults } = checkImports(path.resolve(process.argv[2] ?? '.'));
for (const { file, line, rule } of faults) console.error(`${file}:${line}  ${rule}`);
console.log(`Import direction: ${files} files, ${imports} imports, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
