import { PASSWORD, PEOPLE } from './companies.ts';
import type { Move } from './moves.ts';

/** What the demo says in the terminal. */

const table = (rows: string[][]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')}`.trimEnd())
    .join('\n');
};

type Facts = {
  address: string;
  breakPage: string;
  pid: number | undefined;
  cargos: number;
  parcelPage: string;
  seconds: number;
};

/** The page to open, who may sign in, and what to try. */
export const welcome = ({ address, breakPage, pid, cargos, parcelPage, seconds }: Facts): string => `
Waybeat is ready after ${seconds.toFixed(1)} s, with ${cargos} shipments under way:  ${address}

${table([
  ['SIGN IN AS', 'PASSWORD', 'ROLE', 'COMPANY', ''],
  ...PEOPLE.map(({ username, role, companyId, acts }) => [
    username,
    PASSWORD,
    role,
    companyId ?? '-',
    acts ? 'works by itself' : '',
  ]),
])}

To try:
  Two windows    sign in as olga in one and as anton in the other; change a shipment in one.
  Another house  sign in as blake: the same page, and nothing of olga's.
  A parcel       its recipient's page, without a sign-in: ${parcelPage}
                 All that is on its way: olga, who dispatches, and mara, who sent it. For rita, a rider, three wait.
  A shop         mara's, in Altona: orders, shelves and alerts; cora is one of its customers, and anton may announce things.
  An import      as olga: scripts/samples/purchase-orders.csv, in which four lines are bad on purpose;
                 ten thousand lines: npx tsx scripts/demo/make-csv.ts 10000 > orders.csv
  A crash        kill -9 ${pid ?? '<pid>'}   (the server; it comes back by itself, and nothing is lost)
  Any fault      ${breakPage}   pick one, watch five screens, and read what the database says.
  A dead network switch the browser offline for a while, then on again.

Ctrl-C ends the demo; npm run demo goes on where it stopped, npm run demo -- --fresh starts anew.
`;

const describe = (move: Move): string => {
  switch (move.kind) {
    case 'status':
      return `${move.key} is ${move.status.replace('_', ' ')}`;
    case 'inspection':
      return `${move.key} inspection ${move.status.replace('_', ' ')}`;
    case 'reject':
      return `${move.key} rejected`;
    case 'document':
      return `${move.key} ${move.documentType.replaceAll('_', ' ')} uploaded`;
    case 'verify':
      return `${move.key} ${move.documentType.replaceAll('_', ' ')} verified`;
    case 'capacity':
      return `a warehouse has ${Math.abs(move.places)} places ${move.places < 0 ? 'fewer' : 'more'}`;
    case 'order':
      return `${move.companyId} ordered ${move.order.poNumber}`;
    case 'etas':
      return `${move.companyId} has new ETAs of ${move.etas.length}`;
  }
};

/** Lines that stay, and under them, on a terminal, one that tells what just moved. */
export const makeScreen = () => {
  const live = process.stdout.isTTY === true;
  let moves = 0;
  const clear = live ? '\r\x1b[K' : '';
  return {
    say: (line: string) => process.stdout.write(`${clear}${line}\n`),
    complain: (line: string) => process.stderr.write(`${clear}${line}\n`),
    moved: (move: Move) => {
      moves += 1;
      if (!live) return;
      const line = `${moves} changes; the last: ${describe(move)}`;
      process.stdout.write(clear + line.slice(0, (process.stdout.columns || 80) - 1));
    },
  };
};
