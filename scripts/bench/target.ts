import { type Api, openApi } from './api.ts';
import { tokensOf } from './people.ts';
import type { ServerProcess } from './serverProcess.ts';

/** What a row measures: one started server, with its HTTP interface and as many shipments as asked for. */
export interface Target extends ServerProcess {
  readonly api: Api;
  /** The server's own database, for what is compared with bare SQL. */
  readonly databaseUrl: string;
  /** Ids of `count` shipments; those missing are created. */
  shipments(count: number): Promise<string[]>;
}

/** `known` outlives the process: the shipments stay in the column's database from round to round. */
export function targetOf(server: ServerProcess, known: string[], databaseUrl: string): Target {
  const api = openApi(server.port, tokensOf(1)[0]!, 16);
  return {
    ...server,
    api,
    databaseUrl,
    async shipments(count) {
      while (known.length < count) {
        const missing = Math.min(16, count - known.length);
        const numbers = Array.from({ length: missing }, (_, index) => `PO-${known.length + index}`);
        known.push(...(await Promise.all(numbers.map((number) => api.createShipment(number)))));
      }
      return known.slice(0, count);
    },
    async stop() {
      api.close();
      await server.stop();
    },
  };
}
