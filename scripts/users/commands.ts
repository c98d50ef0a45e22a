import { randomInt } from 'node:crypto';
import type { Role } from '../../server/contract/common.ts';
import { query, transaction } from '../../server/platform/database.ts';
import { hashPassword } from '../../server/platform/passwords.ts';
import { addUser, changeUser } from '../../server/platform/users.ts';
import { type Command, checkCompany, checkPasswordText, UsageError } from './arguments.ts';

/** Carries out what was asked for; answers what to tell the person. `readPassword` is used for `--password -`. */
export const runCommand = async (
  command: Exclude<Command, { name: 'help' }>,
  readPassword: () => Promise<string>,
): Promise<string> => {
  switch (command.name) {
    case 'list':
      return list();
    case 'add':
      return add(command, readPassword);
    case 'set':
      return set(command, readPassword);
    case 'deactivate':
      return setActive(command.who, false);
    case 'activate':
      return setActive(command.who, true);
  }
};

type Row = {
  id: string;
  username: string;
  role: Role;
  company_id: string | null;
  shop_ids: string[];
  active: boolean;
  /** Signs in here, rather than with another issuer's token. */
  local: boolean;
};
const COLUMNS = 'id, username, role, company_id, shop_ids, active, password_hash is not null as local';

/** By sign-in name or by id. Throws UsageError when there is none, or several. */
const findOne = async (who: string): Promise<Row> => {
  const rows = await query<Row>(
    `select ${COLUMNS} from users where id = $1 or lower(username) = lower($1) order by (id = $1) desc, id`,
    [who],
  );
  const [first] = rows;
  if (!first) throw new UsageError(`There is no user ${who}. See: npm run user -- list`);
  // Sign-in names are unique; names from another issuer's tokens need not be.
  if (rows.length > 1 && first.id !== who)
    throw new UsageError(`Several users are called ${who}; name one by id: ${rows.map(({ id }) => id).join(', ')}`);
  return first;
};

const describe = ({ role, company_id, shop_ids }: Pick<Row, 'role' | 'company_id' | 'shop_ids'>) =>
  [role, company_id && `of ${company_id}`, shop_ids.length > 0 && `with shops ${shop_ids.join(', ')}`]
    .filter(Boolean)
    .join(' ');

const list = async (): Promise<string> => {
  const rows = await query<Row>(`select ${COLUMNS} from users order by company_id nulls first, lower(username), id`);
  if (rows.length === 0) return 'There are no users yet. Add one: npm run user -- add --help';
  const table = [
    ['USERNAME', 'ROLE', 'COMPANY', 'SHOPS', 'ACTIVE', 'SIGNS IN', 'ID'],
    ...rows.map((row) => [
      row.username,
      row.role,
      row.company_id ?? '-',
      row.shop_ids.join(',') || '-',
      row.active ? 'yes' : 'no',
      row.local ? 'here' : 'elsewhere',
      row.id,
    ]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

// Without letters and digits that are read for one another; 5 groups of 4 make about 97 bits.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const makePassword = () =>
  Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')).join(
    '-',
  );

const isTaken = (error: unknown) => (error as { constraint?: unknown }).constraint === 'users_sign_in';

/** `-` means: ask for it. */
const settle = async (password: string, readPassword: () => Promise<string>): Promise<string> => {
  if (password !== '-') return password;
  const read = await readPassword();
  checkPasswordText(read);
  return read;
};

const add = async (
  { username, role, companyId, shopIds, password }: Extract<Command, { name: 'add' }>,
  readPassword: () => Promise<string>,
): Promise<string> => {
  const chosen = password === undefined ? makePassword() : await settle(password, readPassword);
  try {
    const passwordHash = await hashPassword(chosen);
    const user = await transaction(() => addUser({ username, role, companyId, shopIds, passwordHash }));
    const added = `Added ${username}, ${describe({ role, company_id: companyId, shop_ids: shopIds })} (id ${user.id}).`;
    return password === undefined ? `${added}\nPassword, shown only now: ${chosen}` : added;
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new UsageError(`There is a user ${username} already. To change it: npm run user -- set ${username} …`);
  }
};

const set = async (
  { who, role, companyId, shopIds, password }: Extract<Command, { name: 'set' }>,
  readPassword: () => Promise<string>,
): Promise<string> => {
  const passwordHash = password && (await hashPassword(await settle(password, readPassword)));
  return transaction(async () => {
    const user = await findOne(who);
    if (!user.local)
      throw new UsageError(
        `${who} signs in elsewhere: change role, company and shops there. Here: deactivate, activate.`,
      );
    checkCompany(role ?? user.role, companyId === undefined ? user.company_id : companyId);
    const changed = await changeUser(user.id, {
      ...(role && { role }),
      ...(companyId !== undefined && { companyId }),
      ...(shopIds && { shopIds }),
      ...(passwordHash && { passwordHash }),
    });
    const now = describe({ role: changed!.role, company_id: changed!.companyId, shop_ids: changed!.shopIds });
    return `${user.username} is now ${now}${passwordHash ? ', with the new password' : ''}. Live connections follow within 10 s.`;
  });
};

const setActive = async (who: string, active: boolean): Promise<string> => {
  const user = await findOne(who);
  if (user.active === active) return `${user.username} is ${active ? 'active' : 'deactivated'} already.`;
  await changeUser(user.id, { active });
  return active
    ? `${user.username} may sign in again.`
    : `${user.username} is deactivated: no sign-in, and live connections end within 10 s.`;
};
