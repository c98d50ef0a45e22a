import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { cpuOfServers } from './serverProcess.ts';

/**
 * How busy the load's core and the servers' are while something is measured. Where the load has no time left while the
 * server still has, the figure is the load's and not the server's.
 */
export interface Shares {
  /** Of one core, while anything was done at all; 1 is a full core. */
  load: number;
  server: number;
  /** Share of that time in which the load's core was full and the server's was not. */
  loadBound: number;
  /** Share of all processors' time that the hypervisor gave to its other guests; 0 where the system does not count it. */
  stolen: number;
}

interface Stretch {
  ms: number;
  loadMs: number;
  serverMs: number;
}

/** Long enough for the kernel's ticks of 10 ms to say something. */
const STRETCH_MS = 250;
const FULL = 0.93;
const NOT_FULL = 0.8;
const IDLE = 0.1;

/** Watches until the answer is called. */
export function watchCores(): () => Shares {
  const stretches: Stretch[] = [];
  const before = processorTime();
  let last = { at: performance.now(), load: process.cpuUsage(), servers: cpuOfServers() };
  const look = () => {
    const now = { at: performance.now(), load: process.cpuUsage(), servers: cpuOfServers() };
    let serverMs = 0;
    for (const [pid, ms] of now.servers) serverMs += ms - (last.servers.get(pid) ?? 0);
    const { user, system } = last.load;
    stretches.push({
      ms: now.at - last.at,
      loadMs: (now.load.user - user + now.load.system - system) / 1000,
      serverMs,
    });
    last = now;
  };
  const timer = setInterval(look, STRETCH_MS);
  return () => {
    clearInterval(timer);
    return { ...sharesOf(stretches), stolen: stolenBetween(before, processorTime()) };
  };
}

export function sharesOf(stretches: readonly Stretch[]): Omit<Shares, 'stolen'> {
  const worked = stretches.filter(({ ms, loadMs, serverMs }) => loadMs + serverMs >= ms * IDLE);
  const sum = (list: readonly Stretch[], of: keyof Stretch) => list.reduce((total, stretch) => total + stretch[of], 0);
  const bound = worked.filter(({ ms, loadMs, serverMs }) => loadMs >= ms * FULL && serverMs < ms * NOT_FULL);
  const ms = sum(worked, 'ms') || 1;
  return { load: sum(worked, 'loadMs') / ms, server: sum(worked, 'serverMs') / ms, loadBound: sum(bound, 'ms') / ms };
}

interface ProcessorTime {
  all: number;
  stolen: number;
}

/** Fields of the first line of /proc/stat, proc(5): user, nice, system, idle, iowait, irq, softirq, steal. */
const FIELDS = 8;

/** In ticks since the machine was started, of all processors together. The text is that of Linux's /proc/stat. */
export function processorTime(text: string = readStat()): ProcessorTime {
  const ticks = (text.split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1, 1 + FIELDS)
    .map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[FIELDS - 1] ?? 0 };
}

function readStat(): string {
  try {
    return readFileSync('/proc/stat', 'utf8');
  } catch {
    return ''; // not Linux
  }
}

export const stolenBetween = (before: ProcessorTime, after: ProcessorTime): number =>
  (after.stolen - before.stolen) / Math.max(1, after.all - before.all);
