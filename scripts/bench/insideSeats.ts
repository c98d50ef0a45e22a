import type { User } from '../../server/contract/auth.ts';
import { AppError } from '../../server/platform/errors.ts';
import { createRoute } from '../../server/seats/departures.ts';
import { reserve } from '../../server/seats/sales.ts';
import { BUYERS, contend, type Rates, SEATS, sqlBuyer, type Way } from './buyers.ts';

/**
 * Sells by the function that `POST /api/tickets` calls, in this process and without HTTP, and then inserts in the same
 * process. Argument: how many departures. Prints seats a second of both as JSON. The database is that of a server.
 */

const users = Array.from({ length: BUYERS }, (_, n): User => {
  const id = `bench-${n}`;
  return { id, username: id, role: 'operator', companyId: 'bench', shopIds: [] };
});

const inside: Way = {
  open: async () => {
    const departsAt = new Date(Date.now() + 86_400_000).toISOString();
    const price = { amount: 1_000, currency: 'EUR' };
    return (await createRoute(users[0]!, { origin: 'A', destination: 'B', departsAt, seatCount: SEATS, price })).id;
  },
  buy: async (buyer, routeId, seat) => {
    try {
      await reserve(users[buyer]!, { routeId, seatNumber: String(seat), passengerName: 'B' });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'CONFLICT') return false;
      throw error;
    }
  },
  close: async () => {},
};

const departures = Number(process.argv[2]);
await contend(1, inside);
const bare = await contend(departures, await sqlBuyer(process.env.DATABASE_URL!));
const sold = await contend(departures, inside);
console.log(JSON.stringify({ sold, bare } satisfies Rates));
process.exit();
