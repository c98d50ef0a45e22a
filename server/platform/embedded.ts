import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { PLANS_THAT_LAST } from './prepared.ts';

/**
 * PGlite in this process, spoken to by `pg` over a stream instead of a socket, so that pools, types and errors
 * are those of a real server. It has one session, so the pool has one connection: a transaction holds it, others wait.
 */

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const inUse = (folder: string, owner: number) =>
  new Error(
    `The embedded database in ${folder} is in use by process ${owner}. Stop that one, set another DATA_DIR, or use DATABASE_URL for several processes.`,
  );

const SETTLE_MS = 100;

/**
 * PGlite does not lock its folder, and two processes in it would destroy it. A lock of a dead process is taken over.
 * Answers what releases the lock; rejects when another process has it.
 */
const lockFolder = async (folder: string): Promise<() => void> => {
  const path = join(folder, 'waybeat.pid');
  const own = `${path}.${process.pid}`;
  const ownerOf = () => {
    try {
      return Number(readFileSync(path, 'utf8'));
    } catch (error) {
      // Released in the moment between.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  };
  const take = () => {
    try {
      // In place with its content: a file that is created first and written then could be read empty.
      linkSync(own, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      // Not every mounted disk knows links.
      writeFileSync(path, String(process.pid), { flag: 'wx' });
    }
  };
  writeFileSync(own, String(process.pid));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        take();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const owner = ownerOf();
        // A container starts with the same small pids again: our own pid in the file is a lock from before.
        if (owner > 0 && owner !== process.pid && isAlive(owner)) throw inUse(folder, owner);
        rmSync(path, { force: true });
        continue;
      }
      // Of two that found the same dead lock, the later may just have removed ours: it has it then.
      if (attempt > 0) await wait(SETTLE_MS);
      const owner = ownerOf();
      if (owner !== process.pid) throw inUse(folder, owner);
      return () => rmSync(path, { force: true });
    }
    throw new Error(`The lock file ${path} could not be taken`);
  } finally {
    rmSync(own, { force: true });
  }
};

/** Messages of PostgreSQL's protocol (version 3): the end of a question, after which errors count no more; and goodbye. */
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);
const TERMINATE = 0x58;

/** What `pg` sees as its socket. PGlite answers each chunk of protocol messages whole. */
class ProtocolStream extends Duplex {
  readonly #database: PGlite;
  #isOver = false;
  /** Whether another spoke before, perhaps only half of a question: all after it would be taken for the rest. */
  #hasToEndQuestion: boolean;

  constructor(database: PGlite, isFirst: boolean) {
    super();
    this.#database = database;
    this.#hasToEndQuestion = !isFirst;
  }

  /** The session belongs to the next stream: what this one still has to say must not get between its messages. */
  retire() {
    this.#isOver = true;
  }

  async #ask(message: Buffer): Promise<Uint8Array> {
    if (this.#hasToEndQuestion) await this.#database.execProtocolRaw(SYNC);
    this.#hasToEndQuestion = false;
    return this.#database.execProtocolRaw(new Uint8Array(message));
  }

  connect() {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  override _read() {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void) {
    // The session does not end with its connection.
    if (this.#isOver || chunk[0] === TERMINATE) return done();
    this.#ask(chunk).then((answer) => {
      // A real socket answers in a later turn. Answering in this one would let a loop of queries starve all sockets.
      setImmediate(() => {
        if (answer.length > 0) this.push(Buffer.from(answer));
        done();
      });
    }, done);
  }

  override _final(done: () => void) {
    this.push(null);
    done();
  }
}

/** Opens the database in `folder` (`memory://` keeps it in memory). Rejects when another process has it. */
export const openEmbedded = async (folder: string): Promise<{ pool: pg.Pool; close: () => Promise<void> }> => {
  const inMemory = folder.startsWith('memory://');
  const path = inMemory ? folder : resolve(folder);
  if (!inMemory) mkdirSync(path, { recursive: true });
  const unlock = inMemory ? () => {} : await lockFolder(path);
  try {
    const database = await PGlite.create(inMemory ? folder : join(path, 'postgres'));
    let last: ProtocolStream | undefined;
    const speak = () => {
      last?.retire();
      last = new ProtocolStream(database, last === undefined);
      return last;
    };
    const pool = new pg.Pool({
      max: 1,
      pipeline: true,
      // pg's type asks for the whole net.Socket; these are the parts of it that it uses.
      stream: () => speak() as never,
      user: 'postgres',
      database: 'postgres',
      // The one session must never be dropped for idleness.
      idleTimeoutMillis: 0,
      onConnect: async (client) => {
        // What a connection that was dropped leaves in the session: its transaction, and statements under the same names.
        await client.query('rollback');
        await client.query(`deallocate all; ${PLANS_THAT_LAST}`);
      },
    });
    return {
      pool,
      close: async () => {
        await pool.end();
        await database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
};
