import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * The environment, parsed once. Nothing else reads `process.env`. A bad value ends the start with one sentence
 * per variable: its name, what is wrong, and an example.
 */

const integer = (fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) => {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const error = `expected a whole number ${range}, such as ${fallback}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error }).default(fallback);
};

const url = (example: string, ...protocols: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `expected an address such as ${example}`,
    })
    .optional();

const commaList = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );

const origins = commaList.pipe(
  z.array(
    z
      .string()
      .refine((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin.toLowerCase()), {
        error: 'expected origins such as https://dashboard.example.com, with no path and no slash at the end',
      }),
  ),
);

const pem = z
  .string()
  .transform((value) => value.replaceAll('\\n', '\n'))
  .refine((value) => value.includes('-----BEGIN'), {
    error: 'expected a PEM text that starts with -----BEGIN PUBLIC KEY-----',
  })
  .optional();

const port = (() => {
  const error = 'expected a port from 0 to 65535, such as 5004';
  return z.coerce.number({ error }).int({ error }).min(0, { error }).max(65535, { error });
})();

/** Where another gRPC service listens. */
const service = z
  .string()
  .regex(/^(https?:\/\/)?[^\s/:]+:\d{1,5}$/, { error: 'expected host and port, such as localhost:5004' })
  .optional();

const proxies = (() => {
  const error = 'expected the number of proxies in front, such as 1 on Heroku and Railway; never true';
  return z.coerce.number({ error }).int({ error }).min(0, { error }).max(10, { error }).default(0);
})();

const Environment = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
    PORT: integer(5001, { max: 65535 }),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    TRUST_PROXY: proxies,

    WEB_CONCURRENCY: integer(1, { min: 1, max: 64 }),

    DATABASE_URL: url('postgresql://user:password@host:5432/database', 'postgresql:', 'postgres:'),
    DATABASE_POOL_SIZE: integer(10, { min: 2, max: 500 }),
    DATABASE_PREPARE: z.enum(['on', 'off']).default('on'),
    DATABASE_TLS: z.enum(['off', 'on', 'unverified']).optional(),
    DATA_DIR: z.string().min(1).default('./data'),
    ALLOW_EMBEDDED: z.enum(['0', '1']).default('0'),
    REDIS_URL: url('redis://localhost:6379', 'redis:', 'rediss:'),
    REDIS_PREFIX: z.string().max(100).default('waybeat:'),

    JWT_SECRET: z.string().min(1).optional(),
    JWT_PUBLIC_KEY: pem,
    JWKS_URL: url('https://issuer.example.com/.well-known/jwks.json', 'https:', 'http:'),
    JWT_ISSUER: z.string().min(1).optional(),
    JWT_AUDIENCE: z.string().min(1).optional(),
    SESSION_HOURS: integer(12, { min: 1, max: 24 * 90 }),

    FRONTEND_URL: url('https://dashboard.example.com', 'https:', 'http:'),
    ALLOWED_ORIGINS: origins,
    NAMESPACES_PUBLIC: commaList.pipe(z.array(z.enum(['/tracking', '/seats']))),

    WS_MAX_CONNECTIONS: integer(10_000, { min: 1 }),
    WS_MAX_CONNECTIONS_PER_USER: integer(20, { min: 1 }),
    WS_RATE_LIMIT: integer(100, { min: 1 }),
    WS_MAX_PAYLOAD_BYTES: integer(65_536, { min: 1024 }),
    WS_MAX_SUBSCRIPTIONS: integer(500, { min: 1 }),
    WS_MAX_BUFFERED_BYTES: integer(1_048_576, { min: 16_384 }),
    WS_HEARTBEAT_INTERVAL: integer(10_000, { min: 100, max: 25_000 }),
    WS_HEARTBEAT_TIMEOUT: integer(20_000, { min: 100 }),
    LOCATION_HZ: integer(4, { min: 1, max: 60 }),
    LOCATION_RATE_LIMIT: integer(120, { min: 1 }),
    RABBITMQ_URL: url('amqp://user:password@localhost:5672', 'amqp:', 'amqps:'),
    RABBITMQ_EXCHANGE: z.string().min(1).max(127).default('platform.events'),
    RABBITMQ_QUEUE: z.string().min(1).max(120).default('websocket.events'),
    RABBITMQ_RATE: integer(5_000, { min: 1 }),
    RABBITMQ_HMAC_SECRET: z.string().min(16, { error: 'expected at least 16 characters' }).optional(),
    RABBITMQ_TRUSTED_USERS: commaList,
    WEBHOOK_ALLOW_PRIVATE: z.enum(['0', '1']).default('0'),
    WEBHOOK_TIMEOUT_MS: integer(10_000, { min: 100, max: 60_000 }),
    WEBHOOK_OFF_AFTER_HOURS: integer(24, { min: 1 }),
    WEBHOOK_MAX_WAITING: integer(100_000, { min: 1 }),
    GRPC_PORT: port.optional(),
    GRPC_TLS_CERT: pem,
    GRPC_TLS_KEY: pem,
    GRPC_TLS_CA: pem,
    LOCATION_SERVICE_URL: service,
    VENDOR_SERVICE_URL: service,
    HTTP_RATE_LIMIT: integer(300, { min: 1 }),
    LOGIN_RATE_LIMIT: integer(10, { min: 1 }),
    HANDSHAKE_RATE_LIMIT: integer(120, { min: 1 }),
    TRACKING_MISS_LIMIT: integer(30, { min: 1 }),
    APPROACH_METERS: integer(500, { min: 1 }),
    PUSHER_APP_ID: z.string().min(1).optional(),
    PUSHER_KEY: z.string().min(1).optional(),
    PUSHER_SECRET: z.string().min(1).optional(),
    PUSHER_CLUSTER: z.string().min(1).optional(),
    PUSHER_HOST: z.string().min(1).optional(),
    UPLOAD_MAX_BYTES: integer(10_485_760, { min: 1024 }),
    HINTS_MAX_PENDING: integer(5_000, { min: 1 }),
    DISPATCH_MAX_WAITING: integer(10_000, { min: 1 }),
    TRACE_ENTRIES: integer(2_000, { min: 10, max: 1_000_000 }),
    EVENT_RETENTION_HOURS: integer(72, { min: 1 }),
    SEAT_HOLD_SECONDS: integer(600, { min: 1, max: 86_400 }),
    SEAT_OFFER_SECONDS: integer(300, { min: 1, max: 86_400 }),
    PAYMENT_PROVIDER: z.enum(['desk', 'webhook', 'test'], { error: 'expected desk, webhook or test' }).default('desk'),
    PAYMENT_WEBHOOK_SECRET: z.string().min(1).optional(),
    METRICS_TOKEN: z
      .string()
      .min(16, { error: 'expected at least 16 characters, such as the output of: openssl rand -hex 16' })
      .optional(),
  })
  .superRefine((env, context) => {
    const fault = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    if (env.ALLOWED_ORIGINS.includes('*'))
      fault(
        'ALLOWED_ORIGINS',
        '* would let any website act as your users; list the origins, such as https://dashboard.example.com',
      );
    if (Boolean(env.GRPC_TLS_CERT) !== Boolean(env.GRPC_TLS_KEY))
      fault('GRPC_TLS_CERT', 'goes with GRPC_TLS_KEY: set both, or neither for gRPC without TLS');
    if (env.WEB_CONCURRENCY > 1 && !env.DATABASE_URL)
      fault('WEB_CONCURRENCY', 'several workers need DATABASE_URL: an embedded database serves one process');
    if (env.WEB_CONCURRENCY > 1 && !env.JWT_SECRET && !env.JWT_PUBLIC_KEY && !env.JWKS_URL)
      fault('WEB_CONCURRENCY', 'several workers need JWT_SECRET, so that each accepts what another signed');
    if (env.PAYMENT_PROVIDER === 'webhook' && !env.PAYMENT_WEBHOOK_SECRET)
      fault(
        'PAYMENT_WEBHOOK_SECRET',
        'the gateway signs with it; set the same, such as the output of: openssl rand -hex 32',
      );
    const pusher = [env.PUSHER_APP_ID, env.PUSHER_KEY, env.PUSHER_SECRET].filter(Boolean).length;
    if (pusher > 0 && (pusher < 3 || !(env.PUSHER_CLUSTER || env.PUSHER_HOST)))
      fault('PUSHER_APP_ID', 'goes with PUSHER_KEY, PUSHER_SECRET and PUSHER_CLUSTER or PUSHER_HOST: set all, or none');
    if (env.NODE_ENV !== 'production') return;
    if (env.PAYMENT_PROVIDER === 'test')
      fault('PAYMENT_PROVIDER', 'test takes no money and sells seats for nothing; use desk or webhook');
    if (env.PAYMENT_WEBHOOK_SECRET && env.PAYMENT_WEBHOOK_SECRET.length < 32)
      fault('PAYMENT_WEBHOOK_SECRET', 'is shorter than 32 characters; use the output of: openssl rand -hex 32');
    if (!env.DATABASE_URL && env.ALLOW_EMBEDDED !== '1')
      fault(
        'DATABASE_URL',
        "set it, such as postgresql://user:password@host:5432/database; or set ALLOW_EMBEDDED=1 to keep data in DATA_DIR (a dyno's disk is erased every day)",
      );
    if (!env.JWT_SECRET && !env.JWT_PUBLIC_KEY && !env.JWKS_URL)
      fault('JWT_SECRET', 'set at least 32 random characters, such as the output of: openssl rand -hex 32');
    if (env.JWT_SECRET && env.JWT_SECRET.length < 32)
      fault('JWT_SECRET', 'is shorter than 32 characters; use the output of: openssl rand -hex 32');
  });

/** The name of every variable, as `.env.example` lists them. */
export const VARIABLES = Object.keys(Environment.shape);

/** Raised when the environment cannot be used; its message lists every fault, a line each. */
export class ConfigError extends Error {}

const version = (
  JSON.parse(
    // The file stands two folders up in the sources and three up in the build.
    ['../../package.json', '../../../package.json']
      .map((path) => {
        try {
          return readFileSync(new URL(path, import.meta.url), 'utf8');
        } catch {
          return null;
        }
      })
      .find((text) => text !== null) ?? '{"version":"0.0.0"}',
  ) as { version: string }
).version;

/** Reads an environment such as `process.env`. Empty values count as unset. Throws ConfigError. */
export const readConfig = (source: Record<string, string | undefined>) => {
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(source).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The environment cannot be used:\n${faults.join('\n')}`);
  }
  const env = parsed.data;
  const production = env.NODE_ENV === 'production';
  const allowed = new Set(env.ALLOWED_ORIGINS.map((origin) => origin.toLowerCase()));
  if (env.FRONTEND_URL) allowed.add(new URL(env.FRONTEND_URL).origin);
  if (!production) for (const port of [3000, 5173]) allowed.add(`http://localhost:${port}`);
  return Object.freeze({
    ...env,
    production,
    version,
    /** Browsers of these origins may call, besides those of the server's own host. */
    allowedOrigins: allowed as ReadonlySet<string>,
    /** Outside production a start without any key signs with one of its own, new at each start. */
    ephemeralSecret: !env.JWT_SECRET && !production,
  });
};

const load = () => {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // A person reads this in a terminal or a deploy log: no stack, just what to change.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};

export const config = load();
