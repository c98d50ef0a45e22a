import { randomUUID } from 'node:crypto';
import { type Api, openApi } from './api.ts';
import { companyOf, ownerToken, tokensOf } from './people.ts';
import { type ServerOptions, type ServerProcess, startServer } from './serverProcess.ts';

/** What a row measures: one started server, with its HTTP interface and as many shipments as asked for. */
export interface Target extends ServerProcess {
  readonly api: Api;
  /** The same by somebody who may change the shipments of all companies. */
  readonly above: Api;
  /** The server's own database, for what is compared with bare SQL. */
  readonly databaseUrl: string;
  /** Ids of `count` shipments of one company, or dealt out to `companies` of them; those missing are created. */
  shipments(count: number, companies?: number): Promise<string[]>;
  /** Ids of `count` new shipments, of which nothing was told yet. */
  newShipments(count: number): Promise<string[]>;
  /** Starts the same program once more beside it, on the same database. Who asked for it stops it. */
  beside(env?: Record<string, string>): Promise<ServerProcess>;
  /** Starts the same program once more beside it, stops it, and answers how many milliseconds its start took. */
  again(env: Record<string, string>): Promise<number>;
}

/** Ids by the number of companies that they were dealt out to; 0 for those of the one company. */
export type KnownShipments = Map<number, string[]>;

/**
 * Starts a server to be measured. `known` outlives the process: the shipments stay in the column's database from round
 * to round.
 */
export async function startTarget(options: ServerOptions, known: KnownShipments, databaseUrl: string): Promise<Target> {
  const server = await startServer(options);
  const api = openApi(server.port, tokensOf(1)[0]!, 16);
  const above = openApi(server.port, ownerToken(), 16);
  const beside = (env: Record<string, string> = {}) =>
    startServer({ ...options, name: `${options.name}-beside`, env: { ...options.env, ...env } });
  return {
    ...server,
    beside,
    api,
    above,
    databaseUrl,
    async shipments(count, companies = 0) {
      const ids = known.get(companies) ?? [];
      known.set(companies, ids);
      const create = (number: number) =>
        companies === 0
          ? api.createShipment(`PO-${number}`)
          : above.createShipment(`PO-${companies}-${number}`, companyOf(number % companies));
      while (ids.length < count) {
        const missing = Math.min(16, count - ids.length);
        ids.push(...(await Promise.all(Array.from({ length: missing }, (_, n) => create(ids.length + n)))));
      }
      return ids.slice(0, count);
    },
    newShipments: (count) => Promise.all(Array.from({ length: count }, () => api.createShipment(randomUUID()))),
    async again(env) {
      const another = await beside(env);
      await another.stop();
      return another.startedMs;
    },
    async stop() {
      api.close();
      above.close();
      await server.stop();
    },
  };
}
