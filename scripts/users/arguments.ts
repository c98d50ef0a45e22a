import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../../server/contract/common.ts';

/** What a person asked for on the command line, checked before any database is opened. */
export type Command =
  | { name: 'help' }
  | { name: 'list' }
  | {
      name: 'add';
      username: string;
      role: Role;
      companyId: string | null;
      shopIds: string[];
      /** `-` is read from standard input; undefined is made up and printed. */
      password: string | undefined;
    }
  | {
      name: 'set';
      who: string;
      role?: Role;
      companyId?: string | null;
      shopIds?: string[];
      password?: string;
    }
  | { name: 'deactivate' | 'activate'; who: string };

/** Raised when the arguments cannot be used. The message is one sentence for the person who typed them. */
export class UsageError extends Error {}

export const USAGE = `Users who sign in here.

  npm run user -- add --username ana --role operator --company acme [--password -] [--shops north,south]
  npm run user -- list
  npm run user -- set ana [--role admin] [--company acme] [--shops north,south] [--password -]
  npm run user -- deactivate ana
  npm run user -- activate ana

Roles: ${ROLES.join(', ')}
--password -   asks for it, or reads the first line of standard input: it stays out of the shell's history.
               Without --password, add makes one up and prints it.
--company ""   and --shops "" take them away.
`;

/** Roles whose rights are those of a company: without one they could see nothing at all. */
const NEEDS_COMPANY: ReadonlySet<Role> = new Set(['admin', 'operator', 'inspector', 'merchant', 'agent']);
/** Roles that belong to no company by definition. */
const NO_COMPANY: ReadonlySet<Role> = new Set(['super_admin', 'customer']);

/** Throws UsageError when this role cannot go with this company. */
export const checkCompany = (role: Role, companyId: string | null): void => {
  if (companyId === null && NEEDS_COMPANY.has(role))
    throw new UsageError(`A user with the role ${role} belongs to a company: add --company, such as --company acme.`);
  if (companyId !== null && NO_COMPANY.has(role))
    throw new UsageError(`A user with the role ${role} belongs to no company: leave --company out.`);
};

const MIN_PASSWORD = 10;
/** As much as the sign-in route accepts. */
const MAX_PASSWORD = 1000;

/** Throws UsageError unless the password can be used. */
export const checkPasswordText = (password: string): void => {
  if (password.length < MIN_PASSWORD)
    throw new UsageError(`A password has at least ${MIN_PASSWORD} characters; this one has ${password.length}.`);
  if (password.length > MAX_PASSWORD) throw new UsageError(`A password has at most ${MAX_PASSWORD} characters.`);
};

const roleOf = (text: string): Role => {
  if ((ROLES as readonly string[]).includes(text)) return text as Role;
  throw new UsageError(`There is no role "${text}". The roles are: ${ROLES.join(', ')}.`);
};

/** Ids travel in stream names, room names and comma lists, so they hold nothing that those split at. */
const idOf = (what: string, text: string): string => {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(text))
    throw new UsageError(`${what} "${text}" may hold letters, digits, dots, dashes and underscores, at most 100.`);
  return text;
};

const usernameOf = (text: string): string => {
  const username = text.trim();
  if (username.length === 0 || username.length > 200) throw new UsageError('A username has 1 to 200 characters.');
  if (/[\p{C}\s]/u.test(username)) throw new UsageError('A username holds no spaces and no control characters.');
  return username;
};

const companyOf = (text: string): string | null => (text === '' ? null : idOf('The company', text));
const shopsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((shop) => shop.trim())
      .filter(Boolean)
      .map((shop) => idOf('The shop', shop)),
  ),
];
const passwordOf = (text: string): string => {
  if (text !== '-') checkPasswordText(text);
  return text;
};

const OPTIONS = {
  username: { type: 'string' },
  role: { type: 'string' },
  company: { type: 'string' },
  shops: { type: 'string' },
  password: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.(?:\s|$)/)[0]}.`);
  }
};

const oneUser = (name: string, positionals: string[], username: string | undefined): string => {
  const [who = username, ...more] = positionals;
  if (who === undefined || more.length > 0) throw new UsageError(`Name one user, such as: npm run user -- ${name} ana`);
  return who;
};

/** Reads the arguments after the script's name. Throws UsageError. */
export const readCommand = (argv: readonly string[]): Command => {
  const { values, positionals } = parse(argv);
  const [name, ...rest] = positionals;
  if (name === undefined || values.help) return { name: 'help' };
  const only = (...allowed: (keyof typeof values)[]) => {
    for (const option of Object.keys(values) as (keyof typeof values)[])
      if (!allowed.includes(option)) throw new UsageError(`${name} does not take --${option}.`);
  };
  switch (name) {
    case 'list':
      only();
      return { name };
    case 'deactivate':
    case 'activate':
      only('username');
      return { name, who: oneUser(name, rest, values.username) };
    case 'add': {
      only('username', 'role', 'company', 'shops', 'password');
      const username = usernameOf(oneUser(name, rest, values.username));
      if (values.role === undefined) throw new UsageError(`Say what ${username} may do, such as --role operator.`);
      const role = roleOf(values.role);
      const companyId = companyOf(values.company ?? '');
      checkCompany(role, companyId);
      const password = values.password === undefined ? undefined : passwordOf(values.password);
      return { name, username, role, companyId, shopIds: shopsOf(values.shops ?? ''), password };
    }
    case 'set': {
      only('username', 'role', 'company', 'shops', 'password');
      const who = oneUser(name, rest, values.username);
      const { role, company, shops, password } = values;
      if (role === undefined && company === undefined && shops === undefined && password === undefined)
        throw new UsageError('Say what to change: --role, --company, --shops or --password.');
      return {
        name,
        who,
        ...(role !== undefined && { role: roleOf(role) }),
        ...(company !== undefined && { companyId: companyOf(company) }),
        ...(shops !== undefined && { shopIds: shopsOf(shops) }),
        ...(password !== undefined && { password: passwordOf(password) }),
      };
    }
    default:
      throw new UsageError(`There is no "${name}". Use add, list, set, deactivate or activate.`);
  }
};
