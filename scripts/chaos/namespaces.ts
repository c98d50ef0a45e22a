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

/**
 * Loses packets that come in over `device`, at random. Where they come in, not where they go out: there the sender's own
 * TCP would be told, and no network tells. By nftables, since its kernel parts are found where netem's are not.
 */
const lose = (within: string[], table: string, device: string, percent: number) => {
  const [command, ...args] = [...within, 'nft'];
  const rules = [
    `add table netdev ${table}`,
    `delete table netdev ${table}`,
    ...(percent > 0
      ? [
          `add table netdev ${table}`,
          `add chain netdev ${table} loss { type filter hook ingress device ${device} priority 0; }`,
          `add rule netdev ${table} loss numgen random mod 100 < ${percent} counter drop`,
        ]
      : []),
  ];
  return run(command!, ...args, rules.join('; '));
};

const lostSoFar = (within: string[], table: string): number => {
  const [command, ...args] = [...within, 'nft', 'list', 'table', 'netdev', table];
  const { stdout } = spawnSync(command!, args, { encoding: 'utf8' });
  return Number(/counter packets (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
};

/** Why packets cannot be lost here; undefined when they can. */
export const missingLoss = (): string | undefined => {
  const lack = missingNamespaces();
  if (lack) return lack;
  const probe = nameOf(9);
  must('ip', 'netns', 'add', probe);
  const fault = lose(['ip', 'netns', 'exec', probe], probe, 'lo', 1);
  run('ip', 'netns', 'del', probe);
  return fault && `losing packets needs nftables (${fault})`;
};

export type Machines = {
  sites: Site[];
  /** Cuts a machine off, or joins it again. */
  setCable: (n: number, state: 'up' | 'down') => void;
  /** Loses so many of the packets in both directions; 0 ends it. Answers how many it lost since it was last told. */
  setLoss: (n: number, percent: number) => number;
  close: () => void;
};

/** Makes `count` machines; needs root. */
export const createMachines = (count: number): Machines => {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const close = () => {
    for (const n of numbers) {
      lose([], nameOf(n), cableOf(n), 0);
      // The cable goes with the namespace that its other end is in.
      run('ip', 'netns', 'del', nameOf(n));
    }
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
        const ends: [string[], string][] = [
          [[], cableOf(n)],
          [['ip', 'netns', 'exec', nameOf(n)], 'eth0'],
        ];
        let lost = 0;
        for (const [within, device] of ends) {
          lost += lostSoFar(within, nameOf(n));
          const fault = lose(within, nameOf(n), device, percent);
          if (fault) throw new Error(fault);
        }
        return lost;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
};
