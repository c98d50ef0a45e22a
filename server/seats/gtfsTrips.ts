import { unprocessable } from '../platform/errors.ts';
import type { Feed } from './gtfsFeed.ts';
import { isZone, momentOf, toSeconds } from './gtfsTime.ts';

/** Which buses of a feed leave on which days, from where to where. */

export type Leaves = { key: string; origin: string; destination: string; departsAt: string };
export type LeftOut = (file: string, line: number | null, message: string) => void;

type Trip = { line: number; service: string };
type Ends = { first: number; firstStop: string; leaves: string; last: number; lastStop: string };

const NEEDED = ['stops.txt', 'trips.txt', 'stop_times.txt'];
const MAX_DEPARTURES = 20_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const compact = (day: string) => day.replaceAll('-', '');

/** The days out of `days` on which each service runs. */
const readServices = async (feed: Feed, days: string[], leftOut: LeftOut): Promise<Map<string, Set<string>>> => {
  const services = new Map<string, Set<string>>();
  const of = (id: string) => {
    const known = services.get(id) ?? new Set<string>();
    services.set(id, known);
    return known;
  };
  for await (const { line, row } of feed.rows('calendar.txt')) {
    if (!row.service_id || !/^\d{8}$/.test(row.start_date ?? '') || !/^\d{8}$/.test(row.end_date ?? '')) {
      leftOut('calendar.txt', line, 'service_id, start_date or end_date is missing');
      continue;
    }
    const runs = of(row.service_id);
    for (const day of days) {
      const within = compact(day) >= row.start_date! && compact(day) <= row.end_date!;
      if (within && row[WEEKDAYS[new Date(`${day}T12:00:00Z`).getUTCDay()]!] === '1') runs.add(day);
    }
  }
  const byCompact = new Map(days.map((day) => [compact(day), day]));
  for await (const { line, row } of feed.rows('calendar_dates.txt')) {
    if (!row.service_id || !/^[12]$/.test(row.exception_type ?? '')) {
      leftOut('calendar_dates.txt', line, 'service_id or exception_type is missing');
      continue;
    }
    const runs = of(row.service_id);
    const day = byCompact.get(row.date ?? '');
    if (day && row.exception_type === '1') runs.add(day);
    else if (day) runs.delete(day);
  }
  return services;
};

const readTrips = async (feed: Feed, services: Map<string, Set<string>>, leftOut: LeftOut) => {
  const trips = new Map<string, Trip>();
  let resting = 0;
  for await (const { line, row } of feed.rows('trips.txt')) {
    const runs = services.get(row.service_id ?? '');
    if (!row.trip_id) leftOut('trips.txt', line, 'trip_id is missing');
    else if (trips.has(row.trip_id)) leftOut('trips.txt', line, `trip_id ${row.trip_id} stands there twice`);
    else if (!runs) leftOut('trips.txt', line, `service_id ${row.service_id ?? ''} is in no calendar`);
    else if (runs.size === 0) resting += 1;
    else trips.set(row.trip_id, { line, service: row.service_id! });
  }
  if (resting > 0) leftOut('trips.txt', null, `${resting} trips do not run on these days`);
  return trips;
};

/** First and last stop of each trip, in one pass: stop times are most of a feed. */
const readEnds = async (feed: Feed, trips: Map<string, Trip>, leftOut: LeftOut) => {
  const ends = new Map<string, Ends>();
  for await (const { line, row } of feed.rows('stop_times.txt')) {
    if (!trips.has(row.trip_id ?? '')) continue;
    const sequence = Number(row.stop_sequence);
    if (!row.stop_id || row.stop_sequence === '' || !Number.isInteger(sequence)) {
      leftOut('stop_times.txt', line, 'stop_id or stop_sequence is missing');
      continue;
    }
    const known = ends.get(row.trip_id!);
    if (!known) {
      ends.set(row.trip_id!, {
        first: sequence,
        firstStop: row.stop_id,
        leaves: row.departure_time || row.arrival_time || '',
        last: sequence,
        lastStop: row.stop_id,
      });
      continue;
    }
    if (sequence < known.first)
      Object.assign(known, {
        first: sequence,
        firstStop: row.stop_id,
        leaves: row.departure_time || row.arrival_time || '',
      });
    if (sequence > known.last) Object.assign(known, { last: sequence, lastStop: row.stop_id });
  }
  return ends;
};

/** When trips leave that run every so many minutes instead of at a time of their own: seconds into the day. */
const readFrequencies = async (feed: Feed, trips: Map<string, Trip>, leftOut: LeftOut) => {
  const starts = new Map<string, number[]>();
  for await (const { line, row } of feed.rows('frequencies.txt')) {
    if (!trips.has(row.trip_id ?? '')) continue;
    const [from, to, every] = [toSeconds(row.start_time), toSeconds(row.end_time), Number(row.headway_secs)];
    if (from === undefined || to === undefined || !(every >= 30)) {
      leftOut('frequencies.txt', line, 'start_time, end_time or headway_secs cannot be used');
      continue;
    }
    const known = starts.get(row.trip_id!) ?? [];
    for (let at = from; at < to; at += every) known.push(at);
    starts.set(row.trip_id!, known);
  }
  return starts;
};

const readNames = async (feed: Feed) => {
  const names = new Map<string, string>();
  for await (const { row } of feed.rows('stops.txt'))
    if (row.stop_id) names.set(row.stop_id, (row.stop_name || row.stop_id).slice(0, 200));
  return names;
};

const readZone = async (feed: Feed, leftOut: LeftOut): Promise<string> => {
  for await (const { line, row } of feed.rows('agency.txt')) {
    if (row.agency_timezone && isZone(row.agency_timezone)) return row.agency_timezone;
    leftOut('agency.txt', line, `agency_timezone ${row.agency_timezone ?? ''} is unknown; times are taken as UTC`);
  }
  return 'UTC';
};

/** Every departure of these days, in the order in which they leave. Throws UNPROCESSABLE without the files it needs. */
export const readDepartures = async (feed: Feed, days: string[], leftOut: LeftOut): Promise<Leaves[]> => {
  const missing = NEEDED.filter((file) => !feed.has(file));
  if (!feed.has('calendar.txt') && !feed.has('calendar_dates.txt')) missing.push('calendar.txt');
  if (missing.length > 0) throw unprocessable(`The feed has no ${missing.join(', ')}`);
  const zone = await readZone(feed, leftOut);
  const services = await readServices(feed, days, leftOut);
  const trips = await readTrips(feed, services, leftOut);
  const ends = await readEnds(feed, trips, leftOut);
  const frequencies = await readFrequencies(feed, trips, leftOut);
  const names = await readNames(feed);
  const all: Leaves[] = [];
  for (const [id, { line, service }] of trips) {
    const trip = ends.get(id);
    const leaves = toSeconds(trip?.leaves);
    const starts = frequencies.get(id) ?? (leaves === undefined ? [] : [leaves]);
    const origin = names.get(trip?.firstStop ?? '');
    const destination = names.get(trip?.lastStop ?? '');
    if (!trip || trip.first === trip.last) leftOut('trips.txt', line, `trip ${id} has fewer than two stops`);
    else if (starts.length === 0) leftOut('trips.txt', line, `trip ${id} has no time at its first stop`);
    else if (!origin || !destination)
      leftOut('trips.txt', line, `trip ${id} goes to a stop that stops.txt does not know`);
    else
      for (const day of services.get(service)!)
        for (const start of starts)
          all.push({
            key: `gtfs:${id}:${day}${frequencies.has(id) ? `:${start}` : ''}`,
            origin,
            destination,
            departsAt: momentOf(day, start, zone).toISOString(),
          });
    if (all.length > MAX_DEPARTURES)
      throw unprocessable(`More than ${MAX_DEPARTURES} departures; import fewer days at a time`);
  }
  return all.sort((a, b) => (a.departsAt < b.departsAt ? -1 : 1));
};
