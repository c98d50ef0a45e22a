import { query } from '../platform/database.ts';

/** More than anybody chooses from in a list. */
const MAX_RIDERS = 1_000;

/** Riders of a company, or of all, by name: whom a parcel may be given to. */
export const listRiders = (companyId: string | null) =>
  query<{ id: string; username: string }>(
    `select id, username from users
     where role = 'rider' and active and ($1::text is null or company_id = $1) order by username, id limit ${MAX_RIDERS}`,
    [companyId],
  );
