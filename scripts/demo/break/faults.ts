import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, repeatedly } from '../../chaos/fault.ts';
import { badNetwork } from '../../chaos/faults/network.ts';
import { frozenNode, nodeKilled } from '../../chaos/faults/nodes.ts';
import { backendsTerminated, tableLocked } from '../../chaos/faults/postgres.ts';
import { whole } from '../random.ts';

/** What a person may break in the demo: faults of the suite, and some that one server and its windows show best. */

/** From the first acknowledged writes to the moment of breaking, at most. */
const CALM_MS = 2_000;

export type Choice = { fault: Fault; label: string; explains: string };

const killedAgain: Fault = {
  name: 'killed-again',
  title: 'kill -9 of the server over and over, at random moments',
  seconds: 12,
  break: async ({ nodes: [node] }, random) =>
    repeatedly(0, async () => {
      await node!.kill('SIGKILL');
      await node!.start();
      await wait(whole(random, 100, 2_500));
    }),
};

const networkCut: Fault = {
  name: 'network-cut',
  title: "everybody's connections reset, and none gets through",
  seconds: 8,
  break: async ({ nodes: [node] }) => {
    node!.door.shut();
    return async () => node!.door.open();
  },
};

const networkSilent: Fault = {
  name: 'network-silent',
  title: 'connections stay open and carry nothing, and neither end is told',
  // Above the 15 s within which silence is noticed.
  seconds: 20,
  break: async ({ nodes: [node] }) => {
    node!.door.freeze();
    return async () => node!.door.open();
  },
};

const embedded: Choice[] = [
  {
    fault: { ...nodeKilled, title: 'kill -9 of the server', seconds: 6 },
    label: 'Kill the server',
    explains: 'kill -9: it is gone at once, with all it held in memory, and starts again after that time.',
  },
  {
    fault: killedAgain,
    label: 'Kill it over and over',
    explains: 'kill -9 at random moments, started again at once each time.',
  },
  {
    fault: { ...frozenNode, title: 'the server frozen (SIGSTOP)', seconds: 20 },
    label: 'Freeze the server',
    explains: 'It neither answers nor hangs up, then wakes up and believes that no time has passed.',
  },
  {
    fault: networkCut,
    label: "Cut everybody's network",
    explains: 'Every connection is reset and none gets through; those of your own windows, too.',
  },
  {
    fault: networkSilent,
    label: 'Swallow everything',
    explains: 'Connections stay open and carry nothing. No error tells anybody: screens must notice by themselves.',
  },
  {
    fault: { ...badNetwork, seconds: 20 },
    label: 'A bad network',
    explains: 'Each connection draws its own: half open, a byte at a time, late, or reset.',
  },
];

const onPostgres: Choice[] = [
  {
    fault: { ...backendsTerminated, seconds: 10 },
    label: 'Terminate database connections',
    explains: 'Every connection of the server to PostgreSQL, every 2 s.',
  },
  {
    fault: { ...tableLocked, seconds: 10 },
    label: 'Lock the table of events',
    explains: 'As a careless migration does: writes wait, and are refused.',
  },
];

/** The seed chooses the moment, too. */
const atSomeMoment = (fault: Fault): Fault => ({
  ...fault,
  break: async (arena, random) => {
    await wait(whole(random, 0, CALM_MS));
    return fault.break(arena, random);
  },
});

/** What can be broken here: more with a PostgreSQL of its own than with the embedded database. */
export const choicesOn = (databaseUrl: string | undefined): Choice[] =>
  [...embedded, ...(databaseUrl ? onPostgres : [])].map((choice) => ({ ...choice, fault: atSomeMoment(choice.fault) }));
