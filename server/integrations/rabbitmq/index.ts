import { setTimeout as wait } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { laneOf } from '../../commerce/messages.ts';
import { config } from '../../platform/config.ts';
import { type AppError, isDatabaseDown, toAppError } from '../../platform/errors.ts';
import { log } from '../../platform/log.ts';
import { messagesTaken } from '../../platform/metrics.ts';
import { applyLetters, countFailures, dropOldMessages, forgetFailures } from './effects.ts';
import { deadHeaders, keyOf, type Letter, openLetter } from './envelope.ts';
import { brokerAddress, DEAD, declare, QUEUE } from './names.ts';

/**
 * Events of other services. A message is acknowledged once its effect is committed; one that cannot be understood is put
 * aside with the reason; one that fails is tried again a little later, five times, while the others go on.
 */

const PREFETCH = 50;
/** Groups of stock under way: while one is committed and acknowledged, the next is asked. */
const AT_ONCE = 2;
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 200;
const RECONNECT_FROM_MS = 500;
const RECONNECT_TO_MS = 30_000;
const CLEAN_EVERY_MS = 10 * 60_000;

/** What came, opened at once: what it says, or why it says nothing. */
type Taken = { delivery: ConsumeMessage; letter: Letter | null; refusal: unknown };

const open = (delivery: ConsumeMessage): Taken => {
  try {
    return { delivery, letter: openLetter(delivery), refusal: null };
  } catch (refusal) {
    return { delivery, letter: null, refusal };
  }
};

/** One connection with its channel; what belongs to a lost one is not acknowledged on the next. */
type Session = {
  channel: ConfirmChannel;
  /** Taken from the broker and not begun. */
  waiting: Taken[];
  /** Taken and not acknowledged. */
  open: Set<ConsumeMessage>;
  lost: boolean;
};

const acknowledge = (session: Session, delivery: ConsumeMessage): void => {
  session.open.delete(delivery);
  if (!session.lost) session.channel.ack(delivery);
};

const tagOf = ({ fields }: ConsumeMessage) => fields.deliveryTag;

/** The same for many, in one word to the broker where it can be said so: up to the last, if none before it is still open. */
const acknowledgeAll = (session: Session, deliveries: ConsumeMessage[]): void => {
  const last = deliveries.reduce((one, other) => (tagOf(one) > tagOf(other) ? one : other));
  const before = [...session.open].filter((delivery) => tagOf(delivery) <= tagOf(last)).length;
  if (before > deliveries.length) for (const delivery of deliveries) acknowledge(session, delivery);
  else {
    for (const delivery of deliveries) session.open.delete(delivery);
    if (!session.lost) session.channel.ack(last, true);
  }
};

/** Puts a message aside. It is acknowledged only once the broker has confirmed that it has it there. */
const bury = async (session: Session, delivery: ConsumeMessage, reason: string, tries: number): Promise<void> => {
  // The broker would drop an expired one and refuse another's user-id.
  const { userId: _, expiration: __, ...properties } = delivery.properties;
  await new Promise<void>((resolve, reject) => {
    session.channel.sendToQueue(
      DEAD,
      delivery.content,
      { ...properties, headers: deadHeaders(delivery, reason, tries), persistent: true },
      (error) => (error ? reject(error) : resolve()),
    );
  });
  acknowledge(session, delivery);
  messagesTaken.inc({ outcome: 'dead' });
  log.warn({ routingKey: delivery.fields.routingKey, reason, tries }, 'a message of another service was put aside');
};

/** Whether trying again can help: what is refused for what it says stays refused. */
const isRefusal = ({ code }: AppError) => code !== 'INTERNAL' && code !== 'UNAVAILABLE';

const reasonOf = (thrown: unknown): string => {
  const error = toAppError(thrown);
  const cause = error.code === 'INTERNAL' && error.cause instanceof Error ? error.cause.message : error.message;
  return `${error.code}: ${cause}`;
};

const isDown = (thrown: unknown) => isDatabaseDown(thrown) || toAppError(thrown).code === 'UNAVAILABLE';

/** Tries one message by itself; later again where it failed. Rejects where the database or the broker is away. */
const handleAlone = async (session: Session, letter: Letter, retryLater: (work: () => void, ms: number) => void) => {
  const { delivery, told } = letter;
  try {
    const repeated = await applyLetters([letter]);
    await forgetFailures([told.key]);
    acknowledge(session, delivery);
    messagesTaken.inc({ outcome: repeated > 0 ? 'repeated' : 'handled' });
  } catch (thrown) {
    if (isDown(thrown)) throw thrown;
    if (isRefusal(toAppError(thrown))) return bury(session, delivery, reasonOf(thrown), 1);
    const tries = (await countFailures([told.key])).get(told.key)!;
    if (tries < MAX_TRIES) {
      messagesTaken.inc({ outcome: 'retried' });
      retryLater(() => session.waiting.push({ delivery, letter, refusal: null }), FIRST_PAUSE_MS * 2 ** (tries - 1));
      return;
    }
    await forgetFailures([told.key]);
    await bury(session, delivery, reasonOf(thrown), tries);
  }
};

const createIntake = (address: string) => {
  let session: Session | null = null;
  let model: ChannelModel | null = null;
  let stopping = false;
  let wake = () => {};
  const timers = new Set<NodeJS.Timeout>();

  const retryLater = (owner: Session) => (work: () => void, ms: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (owner.lost) return;
      work();
      wake();
    }, ms);
    timers.add(timer);
  };

  /** Those that can be understood; the others are put aside at once. */
  const sort = async (owner: Session, taken: Taken[]): Promise<Letter[]> => {
    const letters: Letter[] = [];
    // One that ends the process each time must not do so for ever.
    const begun = await countFailures(
      taken.filter(({ delivery }) => delivery.fields.redelivered).map(({ delivery }) => keyOf(delivery)),
    );
    for (const { delivery, letter, refusal } of taken) {
      if ((begun.get(keyOf(delivery)) ?? 0) > MAX_TRIES * 2) {
        await forgetFailures([keyOf(delivery)]);
        await bury(owner, delivery, 'INTERNAL: it was begun again and again and never came to an end', MAX_TRIES * 2);
      } else if (letter) letters.push(letter);
      else if (isRefusal(toAppError(refusal))) await bury(owner, delivery, reasonOf(refusal), 1);
      else throw refusal;
    }
    return letters;
  };

  const handle = async (owner: Session, taken: Taken[]): Promise<void> => {
    const letters = await sort(owner, taken);
    if (letters.length === 0) return;
    try {
      const repeated = await applyLetters(letters);
      acknowledgeAll(
        owner,
        letters.map(({ delivery }) => delivery),
      );
      messagesTaken.inc({ outcome: 'repeated' }, repeated);
      messagesTaken.inc({ outcome: 'handled' }, letters.length - repeated);
      await forgetFailures(letters.filter(({ delivery }) => delivery.fields.redelivered).map(({ told }) => told.key));
    } catch (thrown) {
      if (isDown(thrown)) throw thrown;
      for (const letter of letters) await handleAlone(owner, letter, retryLater(owner));
    }
  };

  let groups = 0;
  /** Whether the group under way holds something else than stock: nothing may pass it. */
  let isExclusive = false;
  /** Products whose stock is being written. */
  const busy = new Set<string>();

  /**
   * The next to be handled together. Groups of stock of different products may be under way at once; anything else waits
   * for them, and they for it, so that what was told first is known when the next is read.
   */
  const take = (owner: Session): Taken[] => {
    if (groups === 0) isExclusive = false;
    if (isExclusive) return [];
    const next = owner.waiting.slice(0, PREFETCH);
    const lanes = next.map(({ letter }) => letter && laneOf(letter));
    if (lanes.includes(null)) {
      isExclusive = groups === 0;
      return isExclusive ? owner.waiting.splice(0, PREFETCH) : [];
    }
    if (groups === AT_ONCE) return [];
    const group = next.filter((_, n) => !busy.has(lanes[n]!)).slice(0, PREFETCH / AT_ONCE);
    const taken = new Set(group);
    owner.waiting = owner.waiting.filter((one) => !taken.has(one));
    return group;
  };

  const handleGroup = async (owner: Session, group: Taken[]): Promise<void> => {
    const lanes = group.flatMap(({ letter }) => (letter && laneOf(letter)) ?? []);
    for (const lane of lanes) busy.add(lane);
    try {
      await handle(owner, group);
    } catch (error) {
      if (owner.lost) return;
      log.warn({ err: error }, 'messages of other services wait; trying again');
      // What is acknowledged or waits for its next try is not to be begun again.
      owner.waiting.unshift(...group.filter(({ delivery }) => owner.open.has(delivery)));
      await wait(1_000);
    } finally {
      for (const lane of lanes) busy.delete(lane);
    }
  };

  /** Works through what was taken, a bounded number a second, until told to stop and nothing is left. */
  const work = async (): Promise<void> => {
    let notBefore = 0;
    for (;;) {
      const owner = session;
      const group = owner ? take(owner) : [];
      if (owner && group.length > 0) {
        groups += 1;
        void handleGroup(owner, group).finally(() => {
          groups -= 1;
          wake();
        });
        notBefore = Math.max(notBefore, performance.now()) + (group.length * 1000) / config.RABBITMQ_RATE;
        const early = notBefore - performance.now();
        if (early > 0) await wait(early);
        continue;
      }
      if (stopping && groups === 0 && (!owner || owner.open.size === 0)) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 1_000).unref();
      });
    }
  };

  const listen = async (): Promise<{ closed: Promise<void> }> => {
    const { connect } = await import('amqplib');
    const opened = await connect(brokerAddress(address), {
      timeout: 5_000,
      clientProperties: { connection_name: 'waybeat' },
    });
    const closed = new Promise<void>((resolve) => opened.once('close', () => resolve()));
    opened.on('error', (error) => log.warn({ err: error }, 'the connection to RabbitMQ broke'));
    try {
      const channel = await opened.createConfirmChannel();
      const mine: Session = { channel, waiting: [], open: new Set(), lost: false };
      const end = () => {
        mine.lost = true;
        if (session === mine) session = null;
        wake();
      };
      opened.once('close', end);
      channel.on('error', (error) => log.warn({ err: error }, 'the channel to RabbitMQ broke'));
      // A channel alone may end: a new connection brings a new one.
      channel.once('close', () => {
        end();
        void opened.close().catch(() => {});
      });
      await declare(channel);
      await channel.prefetch(PREFETCH);
      model = opened;
      session = mine;
      await channel.consume(
        QUEUE,
        (delivery) => {
          // The queue was removed: declare it again, on a new connection.
          if (!delivery) return void opened.close().catch(() => {});
          mine.open.add(delivery);
          mine.waiting.push(open(delivery));
          wake();
        },
        { consumerTag: 'waybeat' },
      );
      log.info({ queue: QUEUE }, 'listening to RabbitMQ');
      return { closed };
    } catch (error) {
      void opened.close().catch(() => {});
      throw error;
    }
  };

  const stayConnected = async (): Promise<void> => {
    let pause = RECONNECT_FROM_MS;
    while (!stopping) {
      try {
        const { closed } = await listen();
        pause = RECONNECT_FROM_MS;
        await closed;
        if (!stopping) log.warn('the connection to RabbitMQ was lost; connecting again');
      } catch (error) {
        log.warn({ err: error }, 'RabbitMQ cannot be reached; trying again');
      }
      if (stopping) return;
      await wait(pause * (0.5 + Math.random()), undefined, { ref: false });
      pause = Math.min(pause * 2, RECONNECT_TO_MS);
    }
  };

  const working = work();
  void stayConnected();
  const cleaning = setInterval(
    () => void dropOldMessages().catch((error) => log.warn({ err: error }, 'old message keys could not be removed')),
    CLEAN_EVERY_MS,
  );

  return {
    state: () => (session ? ('up' as const) : ('down' as const)),
    /** Takes nothing more, finishes what was taken, and says goodbye. */
    stop: async () => {
      clearInterval(cleaning);
      stopping = true;
      await session?.channel.cancel('waybeat').catch(() => {});
      wake();
      await Promise.race([working, wait(10_000, undefined, { ref: false })]);
      for (const timer of timers) clearTimeout(timer);
      await session?.channel.waitForConfirms().catch(() => {});
      await model?.close().catch(() => {});
    },
  };
};

/** Listens to RabbitMQ where `RABBITMQ_URL` names one; the server serves whether or not it can be reached. */
export const startIntake = (): { state: () => 'up' | 'down' | 'off'; stop: () => Promise<void> } =>
  config.RABBITMQ_URL ? createIntake(config.RABBITMQ_URL) : { state: () => 'off', stop: async () => {} };
