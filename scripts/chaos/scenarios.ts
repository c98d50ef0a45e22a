import { crash } from './crash.ts';
import type { ChaosDatabase } from './databases.ts';
import { fullDisk } from './disk.ts';
import { intake } from './intake.ts';
import type { Outcome } from './report.ts';
import { restartCrowd } from './restart.ts';
import { runOperations } from './seats/operations.ts';
import { race } from './seats/race.ts';
import { missingDisk } from './smallDisk.ts';

/** Faults that need a stage of their own: another database, buyers, or a broker. */

export type Sizes = Record<'kills' | 'watchers' | 'operations' | 'buyers' | 'rounds' | 'messages' | 'breaks', number>;
export type Surroundings = {
  /** Of PostgreSQL and of RabbitMQ. */
  address: string;
  broker: string;
  databases: ChaosDatabase['name'][];
  sizes: Sizes;
  log: (line: string) => void;
};

export type Scenario = {
  name: string;
  title: string;
  /** Why it cannot be done here; undefined when it can. */
  missing?: () => string | undefined;
  run: (seed: number, surroundings: Surroundings) => Promise<Outcome>;
};

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const crashes: Scenario = {
  name: 'crash',
  title: 'kill -9 of the only node at random moments, on PostgreSQL and embedded',
  run: async (seed, { address, databases, sizes: { kills, watchers }, log }) => {
    const outcome: Outcome = { name: 'crash', broke: crashes.title, healed: '', kept: '', faults: [] };
    for (const database of databases) {
      log(`  on ${database}`);
      const report = await crash({ database, address, kills, watchers, shipments: 5, writers: 4, seed, log });
      const back = `${(median(report.healedMs) / 1_000).toFixed(1)} s (${database})`;
      outcome.healed = outcome.healed ? `${outcome.healed}, ${back}` : back;
      outcome.kept += `${outcome.kept && '; '}${report.kills} kills on ${database}, ${report.acknowledged} writes acknowledged, ${watchers} clients`;
      outcome.faults.push(...report.faults.map((fault) => `${database}: ${fault}`));
    }
    return outcome;
  },
};

const seats: Scenario = {
  name: 'seats',
  title: 'hundreds of buyers for one seat on two nodes of which one is killed now and then',
  run: async (seed, { address, sizes: { buyers, rounds, watchers, operations }, log }) => {
    const raced = await race({ address, buyers, rounds, watchers, killEvery: 10, log });
    process.env.WAYBEAT_TEST_POSTGRES = address;
    const ran = await runOperations(seed, operations);
    return {
      name: 'seats',
      broke: seats.title,
      healed: '',
      kept: `${buyers} buyers, ${rounds} seats, ${raced.won} won, ${raced.refused} refused, ${raced.lost} cut off by ${raced.kills} kills; ${ran.operations} operations against the plain rules, ${ran.tickets} tickets`,
      faults: [...raced.faults, ...ran.faults],
    };
  },
};

/** A scenario in which messages come through RabbitMQ. `breaks` chooses what happens meanwhile. */
const messages = (
  name: string,
  title: string,
  breaks: (count: number) => { kills: number; cuts: number; outageSeconds: number },
): Scenario => ({
  name,
  title,
  run: async (seed, { address, broker, sizes, log }) => {
    const report = await intake({ messages: sizes.messages, ...breaks(sizes.breaks), seed, address, broker, log });
    return {
      name,
      broke: title,
      healed: '',
      kept: `${report.sent} deliveries of ${sizes.messages} messages, ${report.poison} of them poison, ${Math.round(report.seconds)} s; one effect each`,
      faults: report.faults,
    };
  },
});

const disk: Scenario = {
  name: 'disk-full',
  title: 'the disk under the embedded database full',
  missing: missingDisk,
  run: async () => {
    const { acknowledged, refused, healedMs, restarted, faults } = await fullDisk({ seconds: 10, clients: 10 });
    return {
      name: 'disk-full',
      broke: `${disk.title}, 10 s`,
      healed: `${(healedMs / 1_000).toFixed(1)} s${restarted ? ' and a restart' : ''}`,
      kept: `${acknowledged} writes acknowledged, ${refused} refused or unanswered; 10 clients`,
      faults,
    };
  },
};

const CROWD = { clients: 2_000, streams: 50 };

const restart: Scenario = {
  name: 'restart-crowd',
  title: `a node with ${CROWD.clients} clients restarted, who come back in the same instant`,
  run: async (_seed, { address }) => {
    const { currentMs, awayMs, perStream, notes, faults } = await restartCrowd({ ...CROWD, address, judgeTimes: true });
    const asked = `the database was asked ${perStream.toFixed(1)} times for each of ${CROWD.streams} streams`;
    return {
      name: 'restart-crowd',
      broke: restart.title,
      healed: `${(currentMs / 1_000).toFixed(1)} s`,
      kept: [`away for ${(awayMs / 1_000).toFixed(1)} s`, asked, ...notes].join('; '),
      faults,
    };
  },
};

export const scenarios: Scenario[] = [
  crashes,
  restart,
  disk,
  seats,
  messages('intake', 'messages three times and shuffled, kill -9 and connections to RabbitMQ cut', (count) => ({
    kills: count,
    cuts: count,
    outageSeconds: 0,
  })),
  messages('rabbitmq-down', 'connections to RabbitMQ closed over and over, then RabbitMQ away for 60 s', (count) => ({
    kills: 0,
    cuts: count,
    outageSeconds: 60,
  })),
];
