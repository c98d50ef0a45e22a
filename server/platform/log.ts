import { pino } from 'pino';
import { config } from './config.ts';

/**
 * One JSON line an entry. Secrets are removed by path; addresses are logged without their query, since a query
 * could carry a tracking link's token.
 */
export const log = pino({
  level: config.LOG_LEVEL,
  base: { service: 'waybeat' },
  redact: {
    paths: [
      'req.headers',
      'res.headers',
      '*.authorization',
      '*.token',
      '*.password',
      '*.passwordHash',
      '*.cookie',
      'token',
      'password',
      'authorization',
    ],
    remove: true,
  },
});
