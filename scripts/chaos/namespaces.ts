import { spawnSync } from 'node:child_process';
import type { Site } from './arena.ts';

/** Two machines on one: network namespaces of Linux, each with a cable of its own to us that can be pulled or made bad. */

const run = (command: string, ...args: string[]): string | undefined => {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return error?.message ?? `${command} ${args.join(' ')}: ${stderr.trim()}`;
};

const must = (command: string, ...args: string[]) => {
  const fault = run(command, ...args);
  if (fault) throw new Error(fault);
};

const nameOf = (n: number) => `wb${process.pid}n${n}`;
const cableOf = (n: number) => `wb${process.pid}c${n}`;

/** Why this machine cannot have them; undefined when it can. */
export const missingNamespaces = (): string | undefined => {
  const probe = nameOf(9);
  const fault = run('ip', 'netns', 'add', probe);
  if (fault) return `network namespaces need root and iproute2 (${fault})`;
  run('ip', 'netns', 'del', probe);
  return undefined;
};

/** Why packets cannot be lost here; undefined when they can. */
export const missingLoss = (): string | undefined => {
  const lack = missingNamespaces();
  if (lack) return lack;
  const probe = nameOf(9);
  must('ip', 'netns', 'add', probe);
  const fault = run('ip', 'netns', 'exec', probe, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'loss', '1%');
  run('ip', 'netns', 'del', probe);
  return fault && `this kernel has no netem (${fault})`;
};

export type Machines = {
  sites: Site[];
  /** Cuts a machine off, or joins it again. */
  setCable: (n: number, state: 'up' | 'down') => void;
  /** Loses so many of the packets in both directions; 0 ends it. */
  setLoss: (n: number, percent: number) => void;
  close: () => void;
};

/** Makes `count` machines; needs root. */
export const createMachines = (count: number): Machines => {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const close = () => {
    // The cable goes with the namespace that its other end is in.
    for (const n of numbers) run('ip', 'netns', 'del', nameOf(n));
  };
  try {
    const sites = numbers.map((n) => {
      const [name, cable, gateway, host] = [nameOf(n), cableOf(n), `10.213.${n}.1`, `10.213.${n}.2`];
      must('ip', 'netns', 'add', name);
      must('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      must('ip', 'address', 'add', `${gateway}/24`, 'dev', cable);
      must('ip', 'link', 'set', cable, 'up');
      must('ip', '-n', name, 'address', 'add', `${host}/24`, 'dev', 'eth0');
      must('ip', '-n', name, 'link', 'set', 'eth0', 'up');
      must('ip', '-n', name, 'link', 'set', 'lo', 'up');
      return { host, gateway, within: ['ip', 'netns', 'exec', name] };
    });
    return {
      sites,
      setCable: (n, state) => must('ip', 'link', 'set', cableOf(n), state),
      setLoss: (n, percent) => {
        const ends = [
          ['tc', 'qdisc', 'replace', 'dev', cableOf(n)],
          ['ip', 'netns', 'exec', nameOf(n), 'tc', 'qdisc', 'replace', 'dev', 'eth0'],
        ];
        for (const [command, ...args] of ends) must(command!, ...args, 'root', 'netem', 'loss', `${percent}%`);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
};
