import { once } from 'node:events';
import { COMPANIES } from './companies.ts';
import { csvLine } from './csv.ts';
import { makeOrder } from './orders.ts';
import { randomFrom } from './random.ts';

/**
 * Writes a purchase-order file of N lines without a fault, to try a large import with:
 * `npx tsx scripts/demo/make-csv.ts 10000 > orders.csv`. The same N gives the same orders, so a second import of the
 * file updates what the first one created.
 */

const count = Number(process.argv[2] ?? 10_000);
if (!Number.isSafeInteger(count) || count < 1) {
  process.stderr.write('Say how many lines: npx tsx scripts/demo/make-csv.ts 10000 > orders.csv\n');
  process.exit(2);
}

const random = randomFrom(count);
const [company] = COMPANIES;
/** Far from the numbers that the demo's own people give out. */
const FIRST = 500_000;

const write = async (line: string) => {
  if (!process.stdout.write(`${line}\r\n`)) await once(process.stdout, 'drain');
};

await write('poNumber,supplierName,origin,destination,eta');
for (let index = 0; index < count; index += 1) {
  const order = makeOrder(random, company!, FIRST + index, Date.now(), 'planned');
  await write(
    csvLine([
      order.poNumber,
      order.supplierName,
      order.origin,
      order.destination,
      order.eta.slice(0, 10),
      order.status,
    ]),
  );
}
