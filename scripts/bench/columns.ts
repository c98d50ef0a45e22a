import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createScratchDatabase, type ScratchDatabase } from './databases.ts';
import { secret } from './people.ts';
import { type KnownShipments, startTarget, type Target } from './target.ts';

export const TITLES = {
  raw: 'raw ws',
  plain: 'plain',
  plainKeyObject: 'plain, KeyObject',
  waybeat: 'Waybeat',
} as const;
export type ColumnName = keyof typeof TITLES;

/** One of the servers compared. Its database lives through the run; its process is a new one for every measurement. */
export interface Column {
  readonly name: ColumnName;
  start(label: string, more?: Record<string, string>): Promise<Target>;
  drop(): Promise<void>;
}

export const WAYBEAT = 'dist/server/index.js';
const root = path.resolve(import.meta.dirname, '../..');
const PROGRAMS: Record<Exclude<ColumnName, 'waybeat'>, string> = {
  raw: 'dist/bench/plain/raw.js',
  plain: 'dist/bench/plain/server.js',
  plainKeyObject: 'dist/bench/plain/server.js',
};

// A limit that is reached would end the measurement; none is switched off, so their checks cost what they cost.
const OUT_OF_REACH = '100000000';
const raisedLimits = {
  WS_MAX_CONNECTIONS: '100000',
  WS_MAX_SUBSCRIPTIONS: '100000',
  WS_MAX_CONNECTIONS_PER_USER: '100000',
  WS_RATE_LIMIT: OUT_OF_REACH,
  LOCATION_RATE_LIMIT: OUT_OF_REACH,
  HTTP_RATE_LIMIT: OUT_OF_REACH,
  RABBITMQ_RATE: OUT_OF_REACH,
  HANDSHAKE_RATE_LIMIT: OUT_OF_REACH,
};

/** As the Procfile starts it. */
const NODE_OPTIONS = readFileSync(path.join(root, 'Procfile'), 'utf8').match(/--\S+/g) ?? [];

export interface ColumnOptions {
  adminUrl: string;
  /** The built server; another one than this folder's compares before and after. */
  waybeat: string;
  logDir: string;
  profileDir?: string | undefined;
}

/** Creates the column's database. Throws with what to do when its program has not been built. */
export async function openColumn(name: ColumnName, options: ColumnOptions): Promise<Column> {
  const script = path.resolve(root, name === 'waybeat' ? options.waybeat : PROGRAMS[name]);
  if (!existsSync(script)) throw new Error(`${path.relative(root, script)} is missing: run \`npm run build\` first`);
  const database: ScratchDatabase = await createScratchDatabase(options.adminUrl, name);
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    JWT_SECRET: secret,
    ...(name === 'waybeat' ? raisedLimits : {}),
    ...(name === 'plainKeyObject' ? { JWT_KEY_OBJECT: '1' } : {}),
  };
  const shipments: KnownShipments = new Map();
  const nodeOptions = name === 'waybeat' ? NODE_OPTIONS : [];
  return {
    name,
    start: async (label, more) => {
      const { logDir, profileDir } = options;
      await database.vacuum();
      return startTarget(
        { name: `${name}-${label}`, script, nodeOptions, env: { ...env, ...more }, logDir, profileDir },
        shipments,
        database.url,
      );
    },
    drop: database.drop,
  };
}
