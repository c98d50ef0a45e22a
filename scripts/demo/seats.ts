import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { list } from '../../server/contract/common.ts';
import { GtfsReport, Payment, Route, SeatMap, Ticket } from '../../server/contract/seats.ts';
import type { Api } from './api.ts';
import { pick, type Random, randomFrom } from './random.ts';

/** A bus company's week from its GTFS feed, and people who buy, pay, think again and give seats back. */

const FEED = new URL('../samples/alpine-lines-gtfs.zip', import.meta.url);
const MOVE_MS = 1_500;
/** So few departures are bought from that somebody who watches one sees it fill. */
const IN_VIEW = 4;

const PASSENGERS = [
  'Amélie Fontaine',
  'Luca Ferrero',
  'Noor Haddad',
  'Jonas Keller',
  'Ines Duarte',
  'Marta Kowalska',
  'Théo Girard',
  'Giulia Conti',
] as const;

const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const Tickets = list(Ticket);

const importWeek = async (api: Api): Promise<void> => {
  const query = new URLSearchParams({ from: day(0), to: day(6), seatCount: '44', amount: '2900', currency: 'EUR' });
  await api.call(GtfsReport, `/api/routes/import?${query}`, {
    method: 'POST',
    raw: new Uint8Array(await readFile(FEED)),
    headers: { 'content-type': 'application/zip' },
  });
};

const step = async (api: Api, random: Random): Promise<void> => {
  const { items } = await api.call(list(Route), `/api/routes?status=scheduled&limit=${IN_VIEW}`);
  const route = items.length > 0 ? pick(random, items) : undefined;
  if (!route) return;
  const { seats } = await api.call(SeatMap, `/api/routes/${route.id}/seats`);
  const free = seats.filter(({ status }) => status === 'available');
  const held = await api.call(Tickets, `/api/tickets?routeId=${route.id}&status=reserved&limit=20`);
  // Only what this one reserved: visitors of the demo keep their own.
  const mine = held.items.filter(({ passengerName }) => (PASSENGERS as readonly string[]).includes(passengerName));
  const chance = random();
  if (mine.length > 0 && chance < 0.35) {
    const { id, price } = pick(random, mine);
    await api.call(Payment, '/api/payments', {
      method: 'POST',
      body: { ticketId: id, ...price, method: pick(random, ['cash', 'card']) },
    });
  } else if (mine.length > 0 && chance < 0.5) {
    await api.call(Ticket, `/api/tickets/${pick(random, mine).id}/cancel`, { method: 'POST', body: {} });
  } else if (free.length > seats.length / 4) {
    await api.call(Ticket, '/api/tickets', {
      method: 'POST',
      body: { routeId: route.id, seatNumber: pick(random, free).seatNumber, passengerName: pick(random, PASSENGERS) },
    });
  } else {
    // A full bus shows nothing more: somebody gives a paid seat back.
    const sold = await api.call(Tickets, `/api/tickets?routeId=${route.id}&status=confirmed&limit=50`);
    const given = sold.items.filter(({ passengerName }) => (PASSENGERS as readonly string[]).includes(passengerName));
    if (given.length > 0)
      await api.call(z.unknown(), `/api/tickets/${pick(random, given).id}/cancel`, { method: 'POST', body: {} });
  }
};

/** Brings the week in as `api`, an agent, and keeps people buying until the answer is called. */
export const keepSeatsSelling = async (api: Api, seed: number): Promise<() => void> => {
  const random = randomFrom(seed);
  await importWeek(api);
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // Somebody at the dashboard was quicker, or the server restarts: the next one tries again.
    step(api, random)
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, MOVE_MS);
  return () => clearInterval(timer);
};
