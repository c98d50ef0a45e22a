import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createScratchDatabase } from '../databases.ts';
import { growth, type Scenario } from './scenario.ts';

const STREAMS = 10_000;
const curve = 'start to first /health 200, PostgreSQL';
const cost = { unit: 'ms', better: 'lower', digits: 0 } as const;

/** From the command to the first `/health` that answers 200, on a database that is migrated: full, and with nothing in it. */
export const start: Scenario = {
  name: 'start',
  columns: ['plain', 'waybeat'],
  figures: {
    started: { title: curve, ...cost, limit: 1_000, point: { curve, of: 'streams', at: STREAMS } },
    ...growth('started', [1], { of: 'streams', title: curve, ...cost }),
  },
  async measure(target, quick) {
    await target.shipments(quick ? 20 : STREAMS);
    await target.idle();
    const started = await target.again({});
    const empty = await createScratchDatabase(target.databaseUrl, 'empty');
    try {
      await target.again({ DATABASE_URL: empty.url });
      return { started, started1: await target.again({ DATABASE_URL: empty.url }) };
    } finally {
      await empty.drop();
    }
  },
};

/** The same without a database server: in an empty folder, and in one that was used before. */
export const startEmbedded: Scenario<'fresh' | 'reopened'> = {
  name: 'start-embedded',
  columns: ['waybeat'],
  figures: {
    fresh: { title: 'start to first /health 200, PGlite, first time', ...cost },
    reopened: { title: 'the same, reopened', ...cost },
  },
  async measure(target) {
    const folder = mkdtempSync(path.join(tmpdir(), 'waybeat-bench-data-'));
    const env = { DATABASE_URL: '', DATA_DIR: path.join(folder, 'data'), ALLOW_EMBEDDED: '1' };
    try {
      return { fresh: await target.again(env), reopened: await target.again(env) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
