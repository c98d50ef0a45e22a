import { type Api, openApi } from './api.ts';
import { tokensOf } from './people.ts';
import { type ServerOptions, type ServerProcess, startServer } from './serverProcess.ts';

/** What a row measures: one started server, with its HTTP interface and as many shipments as asked for. */
export interface Target extends ServerProcess {
  readonly api: Api;
  /** The server's own database, for what is compared with bare SQL. */
  readonly databaseUrl: string;
  /** Ids of `count` shipments; those missing are created. */
  shipments(count: number): Promise<string[]>;
  /** Starts the same program once more beside it, on the same database. Who asked for it stops it. */
  beside(env?: Record<string, string>): Promise<ServerProcess>;
  /** Starts the same program once more beside it, stops it, and answers how many milliseconds its start took. */
  again(env: Record<string, string>): Promise<number>;
}

/**
 * Starts a server to be measured. `known` outlives the process: the shipments stay in the column's database from round
 * to round.
 */
export async function startTarget(options: ServerOptions, known: string[], databaseUrl: string): Promise<Target> {
  const server = await startServer(options);
  const api = openApi(server.port, tokensOf(1)[0]!, 16);
  const beside = (env: Record<string, string> = {}) =>
    startServer({ ...options, name: `${options.name}-beside`, env: { ...options.env, ...env } });
  return {
    ...server,
    beside,
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
    async again(env) {
      const another = await beside(env);
      await another.stop();
      return another.startedMs;
    },
    async stop() {
      api.close();
      await server.stop();
    },
  };
}
