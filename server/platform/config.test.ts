import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ConfigError, readConfig, VARIABLES } from './config.ts';

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://user:password@localhost:5432/waybeat',
  JWT_SECRET: 'x'.repeat(32),
};

/** What the refusal of `environment` says. */
const refusal = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, `expected a ConfigError, got ${error}`);
    return error.message;
  }
  assert.fail(`${JSON.stringify(environment)} was accepted`);
};

describe('the environment', () => {
  it('needs nothing outside production', () => {
    const config = readConfig({});
    assert.equal(config.PORT, 5001);
    assert.equal(config.NODE_ENV, 'development');
    assert.equal(config.DATABASE_URL, undefined);
    assert.equal(config.ephemeralSecret, true);
  });

  it('counts an empty value as unset', () => {
    const config = readConfig({ PORT: '', DATABASE_URL: '', JWT_SECRET: '', ALLOWED_ORIGINS: '' });
    assert.equal(config.PORT, 5001);
    assert.equal(config.DATABASE_URL, undefined);
    assert.deepEqual(config.ALLOWED_ORIGINS, []);
  });

  it('cannot be changed once read', () => {
    const config = readConfig({}) as { PORT: number };
    assert.throws(() => {
      config.PORT = 1;
    }, TypeError);
    assert.ok(Object.isFrozen(config));
  });

  it('ignores variables that are not its own', () => {
    assert.ok(!('HOME' in readConfig({ HOME: '/root' })));
  });

  const bad: [name: string, value: string, example: RegExp][] = [
    ['NODE_ENV', 'prod', /production/],
    ['PORT', 'abc', /such as 5001/],
    ['PORT', '70000', /to 65535, such as 5001/],
    ['PORT', '80.5', /whole number.*such as 5001/],
    ['WS_RATE_LIMIT', '0', /at least 1, such as 100/],
    ['WS_HEARTBEAT_INTERVAL', '60000', /to 25000, such as 10000/],
    ['LOG_LEVEL', 'loud', /debug/],
    ['DATABASE_URL', 'mysql://localhost/waybeat', /such as postgresql:\/\//],
    ['DATABASE_URL', 'localhost', /such as postgresql:\/\//],
    ['REDIS_URL', 'http://localhost', /such as redis:\/\//],
    ['JWT_PUBLIC_KEY', 'abc', /-----BEGIN PUBLIC KEY-----/],
    ['JWKS_URL', 'issuer', /such as https:\/\//],
    ['FRONTEND_URL', 'dashboard', /such as https:\/\//],
    ['ALLOWED_ORIGINS', 'https://a.example.com/', /such as https:\/\//],
    ['ALLOWED_ORIGINS', 'https://a.example.com,b', /such as https:\/\//],
    ['ALLOWED_ORIGINS', '*', /such as https:\/\//],
    ['NAMESPACES_PUBLIC', '/admin', /\/tracking/],
    ['TRUST_PROXY', 'true', /such as 1/],
    ['TRUST_PROXY', '-1', /such as 1/],
    ['METRICS_TOKEN', 'short', /16 characters, such as/],
    ['ALLOW_EMBEDDED', 'yes', /"1"/],
  ];
  for (const [name, value, example] of bad)
    it(`refuses ${name}=${value}: it names the variable, what is wrong, and an example`, () => {
      const lines = refusal({ [name]: value })
        .split('\n')
        .slice(1);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0]!, new RegExp(`^  ${name}[.:]`));
      assert.match(lines[0]!, example);
    });

  it('tells all faults at once', () => {
    const message = refusal({ PORT: 'abc', REDIS_URL: 'abc' });
    assert.match(message, /^ {2}PORT: /m);
    assert.match(message, /^ {2}REDIS_URL: /m);
  });

  it('never repeats a secret in what it says', () => {
    const message = refusal({ NODE_ENV: 'production', JWT_SECRET: 'hunter2hunter2', METRICS_TOKEN: 'letmein' });
    assert.doesNotMatch(message, /hunter2|letmein/);
  });
});

describe('production', () => {
  it('starts with a database and a secret of 32 characters', () => {
    const config = readConfig(production);
    assert.equal(config.production, true);
    assert.equal(config.ephemeralSecret, false);
    assert.equal(config.allowedOrigins.size, 0);
  });

  it('refuses to start without a database, unless the embedded one is allowed by name', () => {
    const { DATABASE_URL: _, ...without } = production;
    assert.match(refusal(without), /DATABASE_URL: .*ALLOW_EMBEDDED=1/);
    assert.equal(readConfig({ ...without, ALLOW_EMBEDDED: '1' }).DATABASE_URL, undefined);
  });

  it('refuses a secret shorter than 32 characters', () => {
    assert.match(refusal({ ...production, JWT_SECRET: 'x'.repeat(31) }), /JWT_SECRET: .*32 characters.*openssl rand/);
  });

  it('refuses to start without any key, and is content with the key of another issuer', () => {
    const { JWT_SECRET: _, ...without } = production;
    assert.match(refusal(without), /JWT_SECRET: /);
    assert.equal(readConfig({ ...without, JWKS_URL: 'https://issuer.example.com/keys' }).ephemeralSecret, false);
  });

  it('does not allow the development origins', () => {
    assert.ok(readConfig({}).allowedOrigins.has('http://localhost:5173'));
    assert.ok(!readConfig(production).allowedOrigins.has('http://localhost:5173'));
  });

  it('allows FRONTEND_URL by its origin, and the listed origins', () => {
    const config = readConfig({
      ...production,
      FRONTEND_URL: 'https://dash.example.com/app',
      ALLOWED_ORIGINS: 'https://a.example.com, https://B.example.com',
    });
    assert.deepEqual([...config.allowedOrigins].sort(), [
      'https://a.example.com',
      'https://b.example.com',
      'https://dash.example.com',
    ]);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const lines = text.split('\n');
  const assignment = /^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/;
  const listed = lines.flatMap((line) => assignment.exec(line)?.[1] ?? []);

  it('lists exactly the variables that there are, each once', () => {
    assert.deepEqual([...listed].sort(), [...VARIABLES].sort());
  });

  it('explains each in one line', () => {
    for (const [index, line] of lines.entries())
      if (assignment.test(line)) assert.match(lines[index - 1] ?? '', /^# \S.*[^-]$/, `${line} has no line above it`);
  });

  it('shows the defaults as they are, so that copying it changes nothing', () => {
    const shown = Object.fromEntries(
      lines
        .filter((line) => !line.startsWith('#'))
        .flatMap((line) => {
          const [, name, value] = assignment.exec(line) ?? [];
          return name ? [[name, value!]] : [];
        }),
    );
    assert.ok(Object.keys(shown).length > 20);
    const { allowedOrigins: ours, ...copied } = readConfig(shown);
    const { allowedOrigins: theirs, ...defaults } = readConfig({});
    assert.deepEqual(copied, defaults);
    assert.deepEqual([...ours], [...theirs]);
  });

  it('is what the table of README.md shows', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const shown = readme.split('\n').filter((line) => /^\| `[A-Z][A-Z0-9_]*` \|/.test(line));
    const expected = lines.flatMap((line, index) => {
      const [, name, value] = assignment.exec(line) ?? [];
      if (!name) return [];
      const fallback = line.startsWith('#') ? '' : `\`${value}\``;
      return [`| \`${name}\` | ${fallback} | ${lines[index - 1]!.slice(2)} |`];
    });
    assert.deepEqual(shown, expected);
  });
});
