import { createClient } from './client.ts';

/** The application's one connection, with what the stream layer needs of it. */
export const sharedClient = createClient();
