import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { config } from './config.ts';
import { AppError, isDatabaseDown, unavailable } from './errors.ts';
import { log } from './log.ts';
import { databaseWriteSeconds } from './metrics.ts';
import { forgetNames, isOutdated, nameOf, PLANS_THAT_LAST } from './prepared.ts';

/**
 * The database behind one `query()` and one `transaction()`. `DATABASE_URL` is the only switch between a real
 * PostgreSQL and the embedded one; both are spoken to by `pg`, so types and errors are the same.
 */

// bigint as a number: our counters and versions stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

type Transaction = {
  client: pg.PoolClient;
  afterCommit: (() => void)[];
  /** The commit or the rollback, once it was sent: what would follow it would be outside of the transaction. */
  end: Promise<pg.QueryResult> | null;
};
const current = new AsyncLocalStorage<Transaction>();
/**
 * Transactions under way. While there is none the storage is off: on Node 20 and 22 it makes every promise, timer and
 * socket of the process dearer, also those that have nothing to do with a transaction.
 */
let underWay = 0;

const tls = (): pg.ClientConfig['ssl'] => {
  const mode = config.DATABASE_TLS ?? new URL(config.DATABASE_URL!).searchParams.get('sslmode') ?? undefined;
  if (mode === 'on' || mode === 'verify-full') return true;
  // Heroku's and Railway's certificates are self-signed; this relaxes this one client, not the process.
  if (mode === 'unverified' || mode === 'require' || mode === 'no-verify') return { rejectUnauthorized: false };
  return false;
};

/**
 * A process that is frozen inside a transaction holds its locks. The database ends such a transaction after this long, so
 * that others go on; the frozen one finds its transaction gone when it wakes up.
 */
const IDLE_IN_TRANSACTION_MS = 8_000;

const openPool = async (): Promise<{ pool: pg.Pool; close: () => Promise<void> }> => {
  if (!config.DATABASE_URL) return (await import('./embedded.ts')).openEmbedded(config.DATA_DIR);
  const address = new URL(config.DATABASE_URL);
  address.searchParams.delete('sslmode');
  const pool = new pg.Pool({
    connectionString: address.href,
    ssl: tls(),
    max: config.DATABASE_POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // What is asked without waiting for the answer before is sent at once; answers come in the order of the questions.
    pipeline: true,
    application_name: 'waybeat',
    // A frozen or partitioned database must not hold requests for ever.
    query_timeout: 30_000,
    // As a statement, since poolers such as PgBouncer refuse it as a parameter of the connection.
    onConnect: async (client) => {
      await client.query(`set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}; ${PLANS_THAT_LAST}`);
    },
  });
  return { pool, close: () => pool.end() };
};

let opened: ReturnType<typeof openPool> | undefined;

const open = () => {
  opened ??= openPool().then(
    (database) => {
      // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
      database.pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
      return database;
    },
    (error) => {
      opened = undefined;
      throw error;
    },
  );
  return opened;
};

const gathering = new WeakSet<pg.PoolClient>();
/** What one tick asks of a connection leaves as one write, so that the database is not woken for each statement. */
const gatherWrites = (client: pg.PoolClient): void => {
  if (gathering.has(client)) return;
  const { stream } = client.connection;
  gathering.add(client);
  stream.cork();
  process.nextTick(() => {
    gathering.delete(client);
    stream.uncork();
  });
};

/** Without parameters it may be several statements, which cannot be prepared. */
const statement = (text: string, values: unknown[]): pg.QueryConfig => {
  const name = values.length > 0 && config.DATABASE_PREPARE === 'on' ? nameOf(text) : undefined;
  return name === undefined ? { text, values } : { name, text, values };
};

/** A connection on loan. Who finds it broken says so, and it is not lent again. */
type Loan = { client: pg.PoolClient; broken?: Error };

/** Lends `work` a connection of the pool. What the database refuses costs none, unlike with `pool.query()`. */
const withConnection = async <Result>(work: (loan: Loan) => Promise<Result>): Promise<Result> => {
  const { pool } = await open();
  const loan: Loan = { client: await pool.connect() };
  const onError = (error: Error) => {
    loan.broken = error;
  };
  loan.client.on('error', onError);
  try {
    return await work(loan);
  } catch (error) {
    if (isDatabaseDown(error)) loan.broken ??= error as Error;
    throw error;
  } finally {
    loan.client.off('error', onError);
    loan.client.release(loan.broken);
  }
};

/** Runs one statement, inside the current transaction if there is one. Answers its rows. */
export const query = async <Row extends pg.QueryResultRow = pg.QueryResultRow>(
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> => {
  const ask = async (client: pg.PoolClient) => (await client.query<Row>(statement(sql, parameters))).rows;
  const context = current.getStore();
  if (context) {
    if (context.end) throw new Error('this transaction has sent its last statement');
    gatherWrites(context.client);
  }
  try {
    return await (context ? ask(context.client) : withConnection(({ client }) => ask(client)));
  } catch (error) {
    if (!isOutdated(error)) throw error;
    forgetNames();
    // A transaction is lost by any error; the next try finds it well.
    if (context) throw unavailable('The tables have just changed; try again', error);
    return withConnection(({ client }) => ask(client));
  }
};

/**
 * Sends the commit behind the statements that were asked and are not answered yet, so that it costs no round trip of its
 * own. For who knows that nothing follows: what is thrown afterwards undoes nothing. Where one of those statements fails,
 * the database rolls back instead.
 */
export const commitBehind = (): void => {
  const context = current.getStore();
  if (!context) return;
  context.end ??= context.client.query('commit');
  // Heard by `transaction()`, after the statements before it.
  context.end.catch(() => {});
};

const runIn = async <Result>(context: Transaction, work: () => Promise<Result>): Promise<Result> => {
  underWay += 1;
  try {
    return await current.run(context, work);
  } finally {
    underWay -= 1;
    if (underWay === 0) current.disable();
  }
};

const unconfirmed = (cause: unknown) =>
  unavailable('The database did not confirm the change; read it again before repeating it', cause);

const commit = async <Result>(loan: Loan, work: () => Promise<Result>): Promise<Result> => {
  const { client } = loan;
  const context: Transaction = { client, afterCommit: [], end: null };
  const started = performance.now();
  try {
    gatherWrites(client);
    // Leaves with the first statement. It only fails with its connection, and what is behind it fails then, too.
    const begun = client.query('begin');
    begun.catch(() => {});
    const result = await runIn(context, work);
    await begun;
    context.end ??= client.query('commit');
    const { command } = await context.end.catch((error) => {
      loan.broken ??= error;
      throw unconfirmed(error);
    });
    // As it does after a statement that failed, whoever caught the error.
    if (command === 'ROLLBACK') throw new Error('the database rolled back what was to be committed');
    databaseWriteSeconds.observe((performance.now() - started) / 1000);
    // Outside the transaction's context: what runs now must not use the connection that is given back.
    current.exit(() => {
      for (const run of context.afterCommit) run();
    });
    return result;
  } catch (error) {
    // Nobody answers any more: asking for a rollback would only wait again. Dropping the connection rolls back, too.
    if (isDatabaseDown(error)) loan.broken ??= error as Error;
    if (context.end && loan.broken && !(error instanceof AppError)) throw unconfirmed(error);
    if (!loan.broken) {
      context.end = client.query('rollback');
      await context.end.catch((failure) => {
        loan.broken = failure;
      });
    }
    throw error;
  }
};

/**
 * Runs `work` in one transaction: `query()` and emitters inside it share its connection. A nested call joins the
 * outer one. Rolls back when `work` throws. If the connection is lost while committing, nobody can know whether it
 * committed: the caller hears UNAVAILABLE, and the tail delivers the events if it did.
 */
export const transaction = async <Result>(work: () => Promise<Result>): Promise<Result> =>
  current.getStore() ? work() : withConnection((loan) => commit(loan, work));

/** Runs `work` once the current transaction has committed; at once when there is none. Never after a rollback. */
export const afterCommit = (work: () => void): void => {
  const context = current.getStore();
  if (context) context.afterCommit.push(work);
  else work();
};

/** Whether the caller runs inside `transaction()`. */
export const inTransaction = () => current.getStore() !== undefined;

/** Leaves the current transaction's context, for background work started from inside a request. */
export const outsideTransaction = <Result>(work: () => Result): Result => current.exit(work);

const ping = async (milliseconds: number): Promise<void> => {
  const { pool } = await open();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), milliseconds);
  });
  try {
    await Promise.race([pool.query('select 1'), timeout]);
  } finally {
    clearTimeout(timer);
  }
};

let pinging: Promise<void> | undefined;
/**
 * Resolves when a trivial statement is answered within 2 s; rejects otherwise. However many ask at once, the database
 * is asked once: anybody may call what stands before this.
 */
export const pingDatabase = (): Promise<void> => {
  pinging ??= ping(2_000).finally(() => {
    pinging = undefined;
  });
  return pinging;
};

export const isEmbedded = () => !config.DATABASE_URL;

/** Waits for queries under way, then closes. */
export const closeDatabase = async (): Promise<void> => {
  const database = await opened;
  opened = undefined;
  await database?.close();
};
