/** Times as people at a desk read them: their own clock, their own calendar. */

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayAndYearFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' });
const agoFormat = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' });

type Moment = string | number | Date;
const toDate = (moment: Moment) => new Date(moment);

/** 12:04 */
export const clock = (moment: Moment) => clockFormat.format(toDate(moment));

/** 21 Nov, with the year when it is not this one. */
export const day = (moment: Moment) => {
  const date = toDate(moment);
  return (date.getFullYear() === new Date().getFullYear() ? dayFormat : dayAndYearFormat).format(date);
};

export const full = (moment: Moment) => fullFormat.format(toDate(moment));

/** 12:04 today, else the day and the time. */
export const stamp = (moment: Moment) =>
  toDate(moment).toDateString() === new Date().toDateString() ? clock(moment) : `${day(moment)}, ${clock(moment)}`;

/** "now", "3 min ago", "5 h ago", "2 days ago". A server clock slightly ahead of ours still reads "now". */
export const ago = (moment: Moment, now = Date.now()) => {
  const minutes = Math.floor((now - toDate(moment).getTime()) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return agoFormat.format(-minutes, 'minute');
  if (minutes < 24 * 60) return agoFormat.format(-Math.floor(minutes / 60), 'hour');
  if (minutes < 14 * 24 * 60) return agoFormat.format(-Math.floor(minutes / 1440), 'day');
  return day(moment);
};

/** How far an arrival lies from today, in words; undefined once it is far behind. */
export const daysUntil = (moment: Moment, now = new Date()) => {
  const start = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((start(toDate(moment)) - start(now)) / 86_400_000);
};
