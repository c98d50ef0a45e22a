import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

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

/** What `pg` sees as its socket. PGlite answers each chunk of protocol messages whole. */
class ProtocolStream extends Duplex {
  readonly #database: PGlite;

  constructor(database: PGlite) {
    super();
    this.#database = database;
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
    this.#database.execProtocolRaw(new Uint8Array(chunk)).then((answer) => {
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
    const pool = new pg.Pool({
      max: 1,
      pipeline: true,
      // pg's type asks for the whole net.Socket; these are the parts of it that it uses.
      stream: () => new ProtocolStream(database) as never,
      user: 'postgres',
      database: 'postgres',
      // The one session must never be dropped for idleness.
      idleTimeoutMillis: 0,
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
