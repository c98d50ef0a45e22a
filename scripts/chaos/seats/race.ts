import { io, type Socket } from 'socket.io-client';
import type { SeatMap, SeatUpdate } from '../../../server/contract/seats.ts';
import { createDatabase } from '../databases.ts';
import { createNode, tokenOf } from '../node.ts';

/**
 * Many buyers for one seat, over and over, across two server processes on one PostgreSQL, one of which is killed now
 * and then: one winner each time, everybody else 409, and every watcher's map is what is stored.
 */

export type RaceOptions = {
  address: string;
  buyers: number;
  rounds: number;
  watchers: number;
  /** The second node is killed in every so-manieth round. */
  killEvery: number;
  log: (line: string) => void;
};
export type RaceReport = { won: number; refused: number; lost: number; kills: number; faults: string[] };

const agent = { id: 'agent', role: 'agent', companyId: 'blue' };
const COMPANY_HEADERS = { authorization: `Bearer ${tokenOf(agent)}`, 'content-type': 'application/json' };
const LIMITS = { HANDSHAKE_RATE_LIMIT: '100000', WS_MAX_CONNECTIONS_PER_USER: '1000', DATABASE_POOL_SIZE: '20' };

type Answer = { success: true; version: number; missed?: SeatUpdate[]; snapshot?: SeatMap };

/** A client that keeps the seats of a departure by what it hears, as a screen does. */
const watch = (url: string, number: number, routeId: string) => {
  const seats = new Map<string, string>();
  const faults: string[] = [];
  let version = 0;
  const take = (event: SeatUpdate) => {
    if (event.version <= version) return;
    if (event.version !== version + 1) faults.push(`watcher ${number}: version ${event.version} after ${version}`);
    version = event.version;
    seats.set(event.seatNumber, event.status);
  };
  const socket: Socket = io(`${url}/seats`, {
    auth: { token: tokenOf({ id: `watcher-${number}`, role: 'customer' }) },
    transports: ['websocket'],
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  let joined = false;
  let joining = false;
  const answered = (ack: Answer) => {
    for (const event of ack.missed ?? []) take(event);
    if (ack.snapshot) {
      for (const { seatNumber, status } of ack.snapshot.seats) seats.set(seatNumber, status);
      version = Math.max(version, ack.version);
    }
    joined = true;
  };
  const join = (): Promise<void> => {
    if (joining || !socket.connected) return Promise.resolve();
    joining = true;
    return new Promise((resolve) => {
      const asked = { routeId, ...(joined && { since: version }) };
      // Taken in the callback: what came behind the answer in one chunk is handled before a promise would resolve.
      socket.timeout(5_000).emit('subscribe_route', asked, (error: Error | null, ack: Answer | { success: false }) => {
        joining = false;
        // Where the node died meanwhile the next connection joins again.
        if (!error && ack.success) answered(ack);
        resolve();
      });
    });
  };
  socket.on('connect', () => void join());
  socket.on('seat_update', take);
  return {
    socket,
    seats,
    faults,
    version: () => version,
    /** Asks for what it may have missed, until it has seen `head`. */
    reach: async (head: number): Promise<boolean> => {
      for (const until = Date.now() + 20_000; Date.now() < until; ) {
        if (joined && version >= head) return true;
        if (socket.connected) await join();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return false;
    },
  };
};

export const race = async ({ address, buyers, rounds, watchers, killEvery, log }: RaceOptions): Promise<RaceReport> => {
  const database = await createDatabase('postgresql', address);
  const nodes = await Promise.all([
    createNode({ ...LIMITS, ...database.environment }),
    createNode({ ...LIMITS, ...database.environment }),
  ]);
  const [steady, mortal] = [nodes[0]!, nodes[1]!];
  const report: RaceReport = { won: 0, refused: 0, lost: 0, kills: 0, faults: [] };
  const crowd: ReturnType<typeof watch>[] = [];
  try {
    await steady.start();
    await mortal.start();
    const created = await fetch(`${steady.url}/api/routes`, {
      method: 'POST',
      headers: COMPANY_HEADERS,
      body: JSON.stringify({
        origin: 'Lyon',
        destination: 'Turin',
        departsAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
        seatNumbers: Array.from({ length: rounds }, (_, n) => String(n + 1)),
        price: { amount: 1, currency: 'EUR' },
      }),
    });
    const { id: routeId } = (await created.json()) as { id: string };
    for (let n = 0; n < watchers; n++) crowd.push(watch(nodes[n % 2]!.url, n, routeId));
    const tokens = Array.from({ length: buyers }, (_, n) => tokenOf({ id: `buyer-${n}`, role: 'customer' }));

    for (let round = 0; round < rounds; round++) {
      const seatNumber = String(round + 1);
      const kill = round % killEvery === killEvery - 1;
      const buy = async (token: string, n: number): Promise<number> => {
        try {
          const response = await fetch(`${nodes[n % 2]!.url}/api/tickets`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ routeId, seatNumber, passengerName: `Passenger ${n}` }),
          });
          await response.arrayBuffer();
          return response.status;
        } catch {
          return 0;
        }
      };
      const running = tokens.map(buy);
      if (kill) {
        // Somebody was answered, so the others are in the middle of it.
        await Promise.race(running);
        await mortal.kill('SIGKILL');
        report.kills += 1;
      }
      const answers = await Promise.all(running);
      const won = answers.filter((status) => status === 201).length;
      const lost = answers.filter((status) => status === 0).length;
      report.won += won;
      report.lost += lost;
      report.refused += answers.filter((status) => status === 409).length;
      const odd = answers.filter((status) => ![201, 409, 0].includes(status));
      if (odd.length > 0) report.faults.push(`seat ${seatNumber}: answers ${[...new Set(odd)].join(', ')}`);
      const stored = await database.read<{ status: string }>(
        `select status from tickets where route_id = $1 and seat_number = $2 and status <> 'cancelled'`,
        [routeId, seatNumber],
      );
      // Whoever won on the node that died may not have been told; the seat is sold once all the same.
      if (won > 1 || (won === 0 && !kill)) report.faults.push(`seat ${seatNumber}: ${won} winners`);
      if (stored.length > 1 || stored.length < won)
        report.faults.push(`seat ${seatNumber}: ${stored.length} live tickets stored`);
      if (kill) await mortal.start();
      if ((round + 1) % 10 === 0) log(`  ${round + 1} of ${rounds} seats`);
    }

    const map = (await (
      await fetch(`${steady.url}/api/routes/${routeId}/seats`, { headers: COMPANY_HEADERS })
    ).json()) as SeatMap;
    for (const [n, one] of crowd.entries()) {
      if (!(await one.reach(map.version)))
        report.faults.push(`watcher ${n} came to ${one.version()} of ${map.version}`);
      for (const { seatNumber, status } of map.seats)
        if (one.seats.get(seatNumber) !== status)
          report.faults.push(`watcher ${n}: seat ${seatNumber} is ${one.seats.get(seatNumber)} instead of ${status}`);
      report.faults.push(...one.faults);
    }
    return report;
  } finally {
    for (const { socket } of crowd) socket.disconnect();
    for (const node of nodes) await node.kill('SIGKILL');
    await database.drop();
  }
};
