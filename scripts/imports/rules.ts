import path from 'node:path';
import type { Import } from './read.ts';

/**
 * Which file may import which. Paths are relative to the project and use `/`.
 *
 *   index → app → operations, docs, integrations → domains → websocket → platform → contract → zod
 */

const DOMAINS = ['shipments', 'tracking', 'seats', 'commerce', 'vendors'];

/** Each layer of the server, and the layers below it that it may use besides itself. */
const BELOW: Record<string, readonly string[]> = {
  contract: [],
  platform: ['contract'],
  websocket: ['platform', 'contract'],
  ...Object.fromEntries(DOMAINS.map((domain) => [domain, ['websocket', 'platform', 'contract']])),
  integrations: [...DOMAINS, 'websocket', 'platform', 'contract'],
  operations: ['websocket', 'platform', 'contract'],
  docs: ['websocket', 'platform', 'contract'],
  'app.ts': ['operations', 'docs', 'integrations', ...DOMAINS, 'websocket', 'platform', 'contract'],
  'workers.ts': ['platform'],
  'index.ts': [
    'app.ts',
    'workers.ts',
    'operations',
    'docs',
    'integrations',
    ...DOMAINS,
    'websocket',
    'platform',
    'contract',
  ],
};

const isTest = (file: string) => /\.test\.tsx?$|\/(testing|e2e)\//.test(file);

/** The second part of a path in the server: the layer a file belongs to. */
const layerOf = (file: string) => file.split('/')[1] ?? '';

const serverFault = (file: string, target: string): string | undefined => {
  const from = layerOf(file);
  if (!target.startsWith('server/')) return 'the server imports nothing outside of server/';
  const to = layerOf(target);
  if (from === to || BELOW[from]?.includes(to)) return undefined;
  if (DOMAINS.includes(from) && DOMAINS.includes(to))
    return `no domain imports another: ${from} may listen to events of ${to}`;
  return `${from} may import only ${[from, ...(BELOW[from] ?? [])].join(', ')}`;
};

const clientFault = (target: string, { typeOnly }: Import): string | undefined => {
  if (target.startsWith('client/')) return undefined;
  if (!target.startsWith('server/contract/')) return 'of the server, the client knows types of server/contract only';
  return typeOnly ? undefined : 'the client takes types only from server/contract: write `import type`';
};

/** What is wrong with this import, undefined when it is as it should be. */
export const faultOf = (file: string, reference: Import): string | undefined => {
  if (isTest(file)) return undefined;
  const { specifier } = reference;
  if (specifier === null) return 'a computed import cannot be checked: name the module';
  if (!specifier.startsWith('.')) {
    const inContract = file.startsWith('server/contract/');
    return inContract && specifier !== 'zod' ? 'contract imports only zod' : undefined;
  }
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (isTest(target) && !file.startsWith('scripts/')) return 'only tests and scripts import tests and what serves them';
  if (file.startsWith('server/')) return serverFault(file, target);
  if (file.startsWith('client/')) return clientFault(target, reference);
  return undefined;
};

/** A new folder or file in the server has no rule until somebody decides its place. */
export const placeFaultOf = (file: string): string | undefined =>
  file.startsWith('server/') && !isTest(file) && !(layerOf(file) in BELOW)
    ? `server/${layerOf(file)} has no place in the order of layers: give it one in scripts/imports/rules.ts`
    : undefined;
