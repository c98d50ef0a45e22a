import { sharedClient } from './sharedClient.ts';
import type { SocketClient } from './types.ts';

/** The application's one connection to the server. Streams opened with `openStream` and the hooks use it too. */
export const socketClient: SocketClient = sharedClient;
export default socketClient;
