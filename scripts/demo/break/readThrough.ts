import type { ChildProcess } from 'node:child_process';
import type { ChaosDatabase } from '../../chaos/databases.ts';

const PATIENCE_MS = 30_000;

/** Reads what the database holds through the demo's server process; see answer-queries.ts. Rejects while it is away. */
export const readThrough = (server: () => ChildProcess): ChaosDatabase['read'] => {
  let asked = 0;
  return <Row>(sql: string, parameters: unknown[] = []) =>
    new Promise<Row[]>((resolve, reject) => {
      const child = server();
      asked += 1;
      const id = asked;
      const end = () => {
        clearTimeout(timer);
        child.off('message', take);
        child.off('exit', gone);
      };
      const fail = (reason: string) => {
        end();
        reject(new Error(`the database could not be read: ${reason}`));
      };
      const take = (answer: { id: number; rows?: Row[]; error?: string }) => {
        if (answer.id !== id) return;
        if (!answer.rows) return fail(answer.error ?? 'no rows came');
        end();
        resolve(answer.rows);
      };
      const gone = () => fail('the server ended');
      const timer = setTimeout(fail, PATIENCE_MS, 'the server did not answer');
      child.on('message', take);
      child.once('exit', gone);
      child.send({ id, sql, parameters }, (error) => error && fail(error.message));
    });
};
