import { existsSync } from 'node:fs';

/** Chromium without the windows that it would draw for nobody: a page of a test costs a fifth less. */
const HEADLESS = '/usr/bin/chromium-headless-shell';

/** The services a test may need. `npm test` finds out which answer, and passes their addresses in these variables. */
export type ServiceName = 'postgres' | 'redis' | 'rabbitmq' | 'chromium' | 'python3-socketio';

export const VARIABLE: Readonly<Record<ServiceName, string>> = {
  postgres: 'WAYBEAT_TEST_POSTGRES',
  redis: 'WAYBEAT_TEST_REDIS',
  rabbitmq: 'WAYBEAT_TEST_RABBITMQ',
  chromium: 'WAYBEAT_TEST_CHROMIUM',
  'python3-socketio': 'WAYBEAT_TEST_PYTHON',
};

export const USUAL_ADDRESS: Readonly<Record<ServiceName, string>> = {
  postgres: 'postgresql://postgres@127.0.0.1:5432/test',
  redis: 'redis://127.0.0.1:6379',
  rabbitmq: 'amqp://guest:guest@127.0.0.1:5672',
  chromium: existsSync(HEADLESS) ? HEADLESS : '/usr/bin/chromium',
  'python3-socketio': '/usr/bin/python3',
};

/**
 * The address of a service (of Chromium and Python: its path), or '' when `npm test` found none. A file that is run by hand, with
 * the variable unset, expects it at its usual address.
 */
export const serviceUrl = (name: ServiceName): string => process.env[VARIABLE[name]] ?? USUAL_ADDRESS[name];

/**
 * Options for node:test that skip, visibly, what cannot run without these services: `it('…', needs('redis'), …)`.
 * `npm test` lists such skips, and fails on them when CI is set.
 */
export const needs = (...names: ServiceName[]): { skip: false | string } => {
  const missing = names.filter((name) => serviceUrl(name) === '');
  return { skip: missing.length > 0 && `needs ${missing.join(' and ')}` };
};
