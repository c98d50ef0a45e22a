/** Time as GTFS counts it: from noon minus twelve hours of the service day, in the agency's zone, past 24:00 if need be. */

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (zone: string) => {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
};

/** Milliseconds that a zone's clocks are ahead of UTC at `at`. */
const offsetAt = (zone: string, at: number): number => {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - at;
};

export const isZone = (zone: string): boolean => {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
};

/** Seconds of `H:MM:SS`; undefined when it is none. */
export const toSeconds = (time: string | undefined): number | undefined => {
  const [, hours, minutes, seconds] = /^(\d{1,3}):([0-5]\d):([0-5]\d)$/.exec(time ?? '') ?? [];
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
};

/** The moment that is so many seconds into a service day such as `2026-12-01`, also on days that clocks change. */
export const momentOf = (day: string, seconds: number, zone: string): Date => {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const local = noon - offsetAt(zone, noon - offsetAt(zone, noon));
  return new Date(local - 12 * 3_600_000 + seconds * 1000);
};

/** Every day from one to another, both included. */
export const daysBetween = (from: string, to: string): string[] => {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
};
