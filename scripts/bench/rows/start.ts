import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Scenario } from './scenario.ts';

/** From the command to the first `/health` that answers 200, on a database that is migrated already. */
export const start: Scenario<'started'> = {
  name: 'start',
  columns: ['plain', 'waybeat'],
  figures: {
    started: {
      title: 'start to first /health 200, PostgreSQL',
      unit: 'ms',
      better: 'lower',
      digits: 0,
      limit: 1_000,
    },
  },
  async measure(target) {
    return { started: await target.again({}) };
  },
};

/** The same without a database server: in an empty folder, and in one that was used before. */
export const startEmbedded: Scenario<'fresh' | 'reopened'> = {
  name: 'start-embedded',
  columns: ['waybeat'],
  figures: {
    fresh: { title: 'start to first /health 200, PGlite, first time', unit: 'ms', better: 'lower', digits: 0 },
    reopened: { title: 'the same, reopened', unit: 'ms', better: 'lower', digits: 0 },
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
