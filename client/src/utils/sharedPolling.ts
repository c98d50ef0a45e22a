import { createPolling } from './polling.ts';
import { sharedClient } from './sharedClient.ts';

export const sharedPolling = createPolling(sharedClient);
