import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { LOADER, runnable } from '../testing/runnable.ts';
import { checkImports } from './check.ts';

const root = mkdtempSync(path.join(tmpdir(), 'waybeat-imports-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A project that keeps every rule; each test adds what it is about. */
const sound: Record<string, string> = {
  'package.json': JSON.stringify({ dependencies: { zod: '4', express: '5' }, peerDependencies: { react: '19' } }),
  'server/index.ts': "import './app.ts';\nimport './websocket/socketManager.ts';\n",
  'server/app.ts': "import express from 'express';\nimport { router } from './shipments/controller.ts';\n",
  'server/contract/common.ts': "import { z } from 'zod';\nexport const A = z.string();\n",
  'server/contract/shipments.ts': "export * from './common.ts';\n",
  'server/platform/database.ts':
    "import { A } from '../contract/common.ts';\nimport { readFileSync } from 'node:fs';\n",
  'server/websocket/publish.ts': "import { query } from '../platform/database.ts';\n",
  'server/websocket/socketManager.ts': "import { A } from '../contract/common.ts';\n",
  'server/shipments/controller.ts': "import { publish } from '../websocket/publish.ts';\nimport './store.ts';\n",
  'server/shipments/store.ts': "export { query } from '../platform/database.ts';\n",
  'server/seats/store.ts': "import { query } from '../platform/database.ts';\n",
  'server/integrations/rabbitmq.ts': "import { query } from '../shipments/store.ts';\n",
  'server/testing/people.ts': "import { query } from '../shipments/store.ts';\n",
  'server/shipments/shipments.test.ts':
    "import '../testing/people.ts';\nimport '../seats/store.ts';\nimport 'supertest';\n",
  'client/src/index.ts': "import type { A } from '../../server/contract/common.ts';\nimport 'react';\n",
  'client/src/utils/testing/world.ts': "import '../../../../server/testing/people.ts';\n",
  'client/e2e/browser.ts': "import '../../server/testing/people.ts';\n",
  'client/src/view.tsx':
    "import { A } from './index.ts';\nexport const View = () => <p>{'import x from \"../../server/app.ts\"'}</p>;\n",
  'scripts/create-user.ts': "import { query } from '../server/platform/database.ts';\n",
};

let projects = 0;
const project = (files: Record<string, string>): string => {
  projects += 1;
  const folder = path.join(root, String(projects));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
};

/** `line`: where the fault must be found, the first unless given. */
const forbidden: { what: string; file: string; text: string; line?: number; rule: RegExp }[] = [
  {
    what: 'a domain that imports another',
    file: 'server/shipments/more.ts',
    text: "\n\nimport { query } from '../seats/store.ts';\n",
    line: 3,
    rule: /no domain imports another/,
  },
  {
    what: 'the contract importing a package other than zod',
    file: 'server/contract/more.ts',
    text: "import express from 'express';\n",
    rule: /contract imports only zod/,
  },
  {
    what: 'the contract importing from Node',
    file: 'server/contract/more.ts',
    text: "import { randomUUID } from 'node:crypto';\n",
    rule: /contract imports only zod/,
  },
  {
    what: 'the contract importing the platform, be it a type',
    file: 'server/contract/more.ts',
    text: "import type { query } from '../platform/database.ts';\n",
    rule: /contract may import only contract/,
  },
  {
    what: 'the platform importing websocket over several lines',
    file: 'server/platform/more.ts',
    text: "import {\n  publish,\n  notice,\n} from '../websocket/publish.ts';\n",
    line: 1,
    rule: /platform may import only platform, contract/,
  },
  {
    what: 'the platform importing a domain',
    file: 'server/platform/more.ts',
    text: "import { query } from '../shipments/store.ts';\n",
    rule: /platform may import only/,
  },
  {
    what: 'websocket re-exporting from a domain',
    file: 'server/websocket/more.ts',
    text: "const a = 1;\nexport { a };\nexport * from '../shipments/store.ts';\n",
    line: 3,
    rule: /websocket may import only/,
  },
  {
    what: 'a domain importing an integration when it runs',
    file: 'server/shipments/more.ts',
    text: "export const later = async () => {\n  await import('../integrations/rabbitmq.ts');\n};\n",
    line: 2,
    rule: /shipments may import only/,
  },
  {
    what: 'a domain importing a type in place',
    file: 'server/shipments/more.ts',
    text: "export let a: import('../seats/store.ts').Seat;\n",
    rule: /no domain imports another/,
  },
  {
    what: 'a domain importing the app',
    file: 'server/shipments/more.ts',
    text: "import { createApp } from '../app.ts';\n",
    rule: /shipments may import only/,
  },
  {
    what: 'the app importing the index',
    file: 'server/app.ts',
    text: "import { start } from './index.ts';\n",
    rule: /app\.ts may import only/,
  },
  {
    what: 'an integration importing the app',
    file: 'server/integrations/more.ts',
    text: "import { createApp } from '../app.ts';\n",
    rule: /integrations may import only/,
  },
  {
    what: 'the client taking a value from the contract',
    file: 'client/src/more.ts',
    text: "import { A } from '../../server/contract/common.ts';\n",
    rule: /write `import type`/,
  },
  {
    what: 'the client importing a type in braces, of which an import remains',
    file: 'client/src/more.ts',
    text: "import { type A } from '../../server/contract/common.ts';\n",
    rule: /write `import type`/,
  },
  {
    what: 'the client importing a type of the platform',
    file: 'client/src/more.tsx',
    text: "import type { query } from '../../server/platform/database.ts';\n",
    rule: /types of server\/contract only/,
  },
  {
    what: 'the server importing the client',
    file: 'server/shipments/more.ts',
    text: "import { A } from '../../client/src/index.ts';\n",
    rule: /nothing outside of server/,
  },
  {
    what: 'the server importing the helpers of its tests',
    file: 'server/shipments/more.ts',
    text: "import '../testing/people.ts';\n",
    rule: /only tests and scripts/,
  },
  {
    what: 'the client importing the helpers of its tests',
    file: 'client/src/more.ts',
    text: "import './utils/testing/world.ts';\n",
    rule: /only tests and scripts/,
  },
  {
    what: 'a folder of the server that no rule knows',
    file: 'server/helpers/more.ts',
    text: 'export {};\n',
    rule: /server\/helpers has no place/,
  },
  {
    what: 'a module whose name is computed',
    file: 'server/shipments/more.ts',
    text: 'export const load = (name: string) => import(name);\n',
    rule: /computed import/,
  },
  {
    what: 'what the server reaches needing a package that is pruned',
    file: 'server/shipments/store.ts',
    text: "import { io } from '@scope/name/deep';\n",
    line: 1,
    rule: /@scope\/name is needed at run time/,
  },
  {
    what: 'the library needing a package of the dashboard',
    file: 'client/src/index.ts',
    text: "import 'react';\nimport '@mantine/core';\n",
    line: 2,
    rule: /@mantine\/core is needed at run time/,
  },
];

describe('The check of import directions', () => {
  it('accepts a project that keeps the rules', () => {
    const { files, imports, faults } = checkImports(project(sound));
    assert.deepEqual(faults, []);
    assert.equal(files, 18);
    assert.equal(imports, 25);
  });

  for (const { what, file, text, line = 1, rule } of forbidden)
    it(`refuses ${what}`, () => {
      const { faults } = checkImports(project({ ...sound, [file]: text }));
      assert.equal(faults.length, 1);
      assert.equal(`${faults[0]?.file}:${faults[0]?.line}`, `${file}:${line}`);
      assert.match(faults[0]?.rule ?? '', rule);
    });

  it('fails when it reads no file', () => {
    assert.throws(() => checkImports(project({ 'package.json': '{}', 'server/readme.md': '' })), /nothing was checked/);
  });

  it('fails on a file that cannot be read as TypeScript', () => {
    assert.throws(() => checkImports(project({ ...sound, 'server/seats/more.ts': 'import { from;' })), /more\.ts/);
  });

  it('fails when an entry whose packages it should check is gone', () => {
    const { 'scripts/create-user.ts': _gone, ...rest } = sound;
    assert.deepEqual(
      checkImports(project(rest)).faults.map(({ file }) => file),
      ['scripts/create-user.ts'],
    );
  });

  it('names the offender and exits 1 as a command', () => {
    const folder = project({ ...sound, 'server/seats/more.ts': "\nimport '../tracking/store.ts';\n" });
    const { status, stderr } = spawnSync(process.execPath, [...LOADER, runnable('scripts/check-imports.ts'), folder], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /^server\/seats\/more\.ts:2 {2}no domain imports another/);
  });
});
