/** Addresses of this domain's screens. */

export const DEPARTURES = '/seats';
export const TICKETS = '/seats/tickets';
export const departurePath = (id: string) => `/seats/departures/${encodeURIComponent(id)}`;
export const ticketPath = (id: string) => `${TICKETS}/${encodeURIComponent(id)}`;
export const TIMETABLE = '/seats/timetable';
