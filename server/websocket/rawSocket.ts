import type { Server } from 'node:http';
import socketManager from './socketManager.ts';

/** Answers 404 to upgrades that no endpoint serves: engine.io is told to leave them alone, so nobody else would. */
export const refuseUnknownUpgrades = (server: Server): void => {
  server.on('upgrade', (request, socket) => {
    if (socketManager.isOwnUpgrade(request)) return;
    socket.on('error', () => {});
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
};
