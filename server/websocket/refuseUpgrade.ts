import type { Duplex } from 'node:stream';

/** Answers an upgrade request with `status`, such as `404 Not Found`, and closes its connection. */
export const endUpgrade = (socket: Duplex, status: string): void => {
  // The caller may be gone already; without a listener that would end the process.
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};
