import type { Server } from 'node:http';
import { endUpgrade } from './refuseUpgrade.ts';
import socketManager from './socketManager.ts';

/** Answers 404 to upgrades that no endpoint serves: engine.io is told to leave them alone, so nobody else would. */
export const refuseUnknownUpgrades = (server: Server): void => {
  server.on('upgrade', (request, socket) => {
    if (socketManager.isOwnUpgrade(request)) return;
    endUpgrade(socket, '404 Not Found');
  });
};
