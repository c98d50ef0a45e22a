import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './within.ts';

/** A server under measurement, in a process of its own on core 0. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** User and system time spent so far, in milliseconds; the kernel counts in ticks of 10 ms. */
  cpuMs(): number;
  /** Milliseconds from the command to the first `/health` that answered 200. */
  readonly startedMs: number;
  /** Resident size now, in bytes, garbage included. */
  residentBytes(): number;
  /** Collects garbage, then answers resident size and heap in use, in bytes. */
  memory(): Promise<{ rss: number; heapUsed: number }>;
  /** Resolves when the server has had nothing to do for a moment: what a step leaves behind is not the next one's. */
  idle(): Promise<void>;
  /** Rejects when the process ends by itself; never resolves. */
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  name: string;
  script: string;
  env: Record<string, string>;
  /** Options of Node itself, as the product is started with. */
  nodeOptions?: readonly string[];
  /** Where the server's output goes. */
  logDir: string;
  /** When given, the server writes a `.cpuprofile` here as it stops. */
  profileDir?: string | undefined;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const canPin = availableParallelism() >= 2 && existsSync('/usr/bin/taskset');

// Loaded into both servers alike: garbage is collected on request over the channel to the parent, so that memory is
// compared at rest. Several passes: weak references and pages are given back only by later ones.
const collectOnRequest = `
  process.on('message', async (message) => {
    if (message !== 'bench:memory') return;
    for (let pass = 0; pass < 4; pass++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    process.send({ heapUsed: process.memoryUsage().heapUsed });
  });
  // A run that was killed must not leave servers behind.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();`;

const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) kill(pid, 'SIGKILL');
});

/** Processor time in milliseconds of each server that runs now, by its process id. */
export function cpuOfServers(): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of running) {
    try {
      found.set(pid, cpuMs(pid));
    } catch {
      // ended in this moment; what it did last is not counted
    }
  }
  return found;
}

/** Keeps this process, which makes the load, off the servers' core. Answers how the two are placed. */
export function pinLoad(): string {
  if (!canPin) return 'not pinned';
  execFileSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)], { stdio: 'ignore' });
  return 'server on core 0, load on core 1';
}

/** The command that runs something where the servers run, and the load does not. */
export const onServersCore = (command: string[]): string[] => (canPin ? ['taskset', '-c', '0', ...command] : command);

/** Starts the server and waits until `/health` answers 200. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const port = await freePort();
  mkdirSync(options.logDir, { recursive: true });
  const logFile = path.join(options.logDir, `${options.name}.log`);
  const log = openSync(logFile, 'w');
  const node = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(collectOnRequest)}`];
  if (options.profileDir) {
    node.push('--cpu-prof', `--cpu-prof-dir=${options.profileDir}`, `--cpu-prof-name=${options.name}.cpuprofile`);
  }
  const command = onServersCore([process.execPath, ...(options.nodeOptions ?? []), ...node, options.script]);
  const startedAt = performance.now();
  const child = spawn(command[0]!, command.slice(1), {
    // Nothing of this shell's environment: a REDIS_URL left in it would change what is measured.
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', PORT: String(port), ...options.env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let stopping = false;
  let failed: (error: Error) => void = () => {};
  const died = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  died.catch(() => {}); // whoever waits for the server hears of it; nobody else needs to
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failed(error);
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (child.pid) running.delete(child.pid);
      if (!stopping) failed(new Error(`${options.name} ended by itself (${signal ?? code})\n${tail(logFile)}`));
      resolve();
    });
  });
  if (child.pid) running.add(child.pid);
  const pid = child.pid ?? 0;

  const server: Omit<ServerProcess, 'startedMs'> = {
    port,
    pid,
    died,
    cpuMs: () => cpuMs(pid),
    residentBytes: () => residentBytes(pid),
    async memory() {
      const answer = new Promise<{ heapUsed: number }>((resolve) => {
        child.once('message', (message) => resolve(message as { heapUsed: number }));
      });
      child.send('bench:memory');
      const { heapUsed } = await within(30_000, answer, () => `${options.name} did not answer about its memory`);
      return { rss: residentBytes(pid), heapUsed };
    },
    async idle() {
      const until = Date.now() + 30_000;
      for (let quiet = 0; quiet < 2 && Date.now() < until; ) {
        const before = cpuMs(pid);
        await sleep(250);
        quiet = cpuMs(pid) - before <= 20 ? quiet + 1 : 0;
      }
    },
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      kill(pid, 'SIGTERM');
      // As long as platforms wait.
      const patience = setTimeout(() => kill(pid, 'SIGKILL'), 30_000);
      await exited;
      clearTimeout(patience);
    },
  };
  try {
    await Promise.race([healthy(port, () => tail(logFile)), died]);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, startedMs: performance.now() - startedAt };
}

/** For machines that do much else as well; whether a start is fast is a row of its own. */
const HEALTHY_WITHIN_MS = 90_000;

async function healthy(port: number, output: () => string): Promise<void> {
  const until = Date.now() + HEALTHY_WITHIN_MS;
  while (Date.now() < until) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (response?.ok) return;
    await sleep(10);
  }
  throw new Error(`the server did not become healthy within ${HEALTHY_WITHIN_MS / 1000} s\n${output()}`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // already gone, which is what was wanted
  }
}

/** Fields 14 and 15 of /proc/<pid>/stat, counted behind the command's name, which may hold spaces (proc(5)). */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

function residentBytes(pid: number): number {
  const rss = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(rss?.[1]) * 1024;
}

const tail = (file: string) => readFileSync(file, 'utf8').slice(-2000);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
