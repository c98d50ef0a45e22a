import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommand, UsageError } from './arguments.ts';

const read = (line: string) => readCommand(line.split(' ').filter(Boolean));
const refused = (line: string, why: RegExp) =>
  assert.throws(
    () => read(line),
    (error: Error) => error instanceof UsageError && why.test(error.message),
  );

test('add reads name, role, company, shops and where the password comes from', () => {
  assert.deepEqual(read('add --username ana --role operator --company acme --shops b,a,b --password -'), {
    name: 'add',
    username: 'ana',
    role: 'operator',
    companyId: 'acme',
    shopIds: ['b', 'a'],
    password: '-',
  });
  assert.deepEqual(read('add root --role super_admin'), {
    name: 'add',
    username: 'root',
    role: 'super_admin',
    companyId: null,
    shopIds: [],
    password: undefined,
  });
});

test('set changes only what was named, and takes a company away with an empty one', () => {
  assert.deepEqual(read('set ana --role admin'), { name: 'set', who: 'ana', role: 'admin' });
  assert.deepEqual(readCommand(['set', 'ana', '--company', '', '--shops', '']), {
    name: 'set',
    who: 'ana',
    companyId: null,
    shopIds: [],
  });
});

test('nothing, or --help, explains itself', () => {
  assert.deepEqual(read(''), { name: 'help' });
  assert.deepEqual(read('add --help'), { name: 'help' });
});

test('what cannot be used is refused in one sentence that says what to do', () => {
  refused('add --username ana', /--role operator/);
  refused('add --username ana --role captain', /no role "captain".*operator/);
  refused('add --username ana --role operator', /add --company/);
  refused('add --username ana --role customer --company acme', /belongs to no company/);
  refused('add --role operator --company acme', /Name one user/);
  refused('add --username ana --role operator --company acme:x', /company "acme:x" may hold/);
  refused('add --username ana --role operator --company acme --shops a,b/c', /shop "b\/c" may hold/);
  refused(
    'add --username ana --role operator --company acme --password short',
    /at least 10 characters; this one has 5/,
  );
  refused('set ana', /what to change/);
  refused('list --role admin', /list does not take --role/);
  refused('deactivate', /Name one user/);
  refused('deactivate ana bob', /Name one user/);
  refused('remove ana', /no "remove"/);
  refused('add --colour red', /Unknown option '--colour'/);
  assert.throws(() => readCommand(['add', 'an a', '--role', 'super_admin']), /no spaces/);
});
