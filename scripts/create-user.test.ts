import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { createEmbeddedDatabase } from '../server/testing/database.ts';
import { LOADER, runnable } from './testing/runnable.ts';

// A database of its own, before the configuration is read.
const database = await createEmbeddedDatabase();
Object.assign(process.env, database.env, { LOG_LEVEL: 'silent' });
const { migrate } = await import('../server/platform/migrate.ts');
const { closeDatabase, query } = await import('../server/platform/database.ts');
const { checkPassword } = await import('../server/platform/passwords.ts');
const { findSignIn } = await import('../server/platform/users.ts');
const { readCommand, UsageError } = await import('./users/arguments.ts');
const { runCommand } = await import('./users/commands.ts');

await migrate();
after(async () => {
  await closeDatabase();
  await database.drop();
});

const run = (line: string, typed?: string) => {
  const command = readCommand(line.split(' '));
  assert.notEqual(command.name, 'help');
  return runCommand(command as Parameters<typeof runCommand>[0], async () => {
    assert.ok(typed !== undefined, 'nobody should be asked for a password');
    return typed;
  });
};
const signsIn = async (username: string, password: string) => {
  const found = await findSignIn(username);
  return checkPassword(found?.passwordHash, password);
};

test('a user added without a password gets one that is shown once and signs in', async () => {
  const said = await run('add --username ana --role operator --company acme --shops north');
  const password = /shown only now: (\S+)$/.exec(said)?.[1];
  assert.match(password ?? '', /^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/);
  assert.equal(await signsIn('Ana', password!), true);
  assert.equal(await signsIn('ana', `${password}x`), false);
  const found = await findSignIn('ana');
  assert.deepEqual(
    { ...found?.user, id: '' },
    { id: '', username: 'ana', role: 'operator', companyId: 'acme', shopIds: ['north'] },
  );
});

test('the same name in other letters is refused, and nothing is changed', async () => {
  await assert.rejects(run('add --username ANA --role super_admin'), (error: Error) => {
    return error instanceof UsageError && /already/.test(error.message);
  });
  assert.equal((await findSignIn('ana'))?.user.role, 'operator');
});

test('set changes rights and password; a role keeps to its company rule', async () => {
  await run('set ana --role admin --password -', 'a long new password');
  assert.equal((await findSignIn('ana'))?.user.role, 'admin');
  assert.equal(await signsIn('ana', 'a long new password'), true);
  await assert.rejects(run('set ana --role super_admin'), /belongs to no company/);
  await assert.rejects(run('set ana --password -', 'short'), /at least 10/);
  await assert.rejects(run('set nobody --role admin'), /no user nobody/);
  assert.equal((await findSignIn('ana'))?.user.role, 'admin');
});

test('a deactivated user is listed as such and can come back', async () => {
  assert.match(await run('deactivate ana'), /connections end/);
  assert.equal((await findSignIn('ana'))?.active, false);
  assert.match(await run('list'), /^ana +admin +acme +north +no +here/m);
  assert.match(await run('deactivate ana'), /already/);
  await run('activate ana');
  assert.equal((await findSignIn('ana'))?.active, true);
});

test("another issuer's user can be deactivated here but not changed", async () => {
  await query("insert into users (id, username, role) values ('idp|7', 'eve', 'vendor')");
  await assert.rejects(run('set eve --role admin --company acme'), /signs in elsewhere/);
  await run('deactivate idp|7');
  const [row] = await query<{ active: boolean }>("select active from users where id = 'idp|7'");
  assert.equal(row?.active, false);
  await query("insert into users (id, username, role) values ('idp|8', 'eve', 'vendor')");
  await assert.rejects(run('activate eve'), /by id: idp\|7, idp\|8/);
});

test('the command reads a password from standard input and answers with exit codes', async () => {
  const { env, drop } = await createEmbeddedDatabase();
  const command = async (line: string, input: string) => {
    const child = spawn(process.execPath, [...LOADER, runnable('scripts/create-user.ts'), ...line.split(' ')], {
      env: { ...process.env, ...env, LOG_LEVEL: '' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(input);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, output };
  };
  try {
    const added = await command('add --username kim --role customer --password -', 'typed in secret\n');
    assert.equal(added.code, 0, added.output);
    assert.match(added.output, /^Added kim, customer \(id \S+\)\.\n$/);
    const refused = await command('add --username kim --role boss', '');
    assert.deepEqual([refused.code, /no role "boss"/.test(refused.output)], [2, true]);
  } finally {
    await drop();
  }
});
