import { applyMessages } from '../../commerce/messages.ts';
import { query, transaction } from '../../platform/database.ts';
import type { Letter } from './envelope.ts';

/** Messages and what they did are one transaction, so each takes effect once however often it is delivered. */

const addKeys = (letters: Letter[]) =>
  query<{ key: string }>(
    'insert into messages_handled (key) select unnest($1::text[]) on conflict do nothing returning key',
    [[...new Set(letters.map(({ told }) => told.key))].sort()],
  );

class Repeated extends Error {}

/**
 * All of them, as if none had been carried out: what they change first goes to the database with their keys, which saves a
 * round trip for each group. Throws Repeated, and changes nothing, where one had.
 */
const applyNew = (letters: Letter[]): Promise<void> =>
  transaction(async () => {
    const allNew = addKeys(letters).then((added) => {
      if (added.length < letters.length) throw new Repeated();
    });
    allNew.catch(() => {});
    await applyMessages(letters, allNew).catch(async (thrown) => {
      // What was carried out long ago is not refused now.
      await allNew;
      throw thrown;
    });
  });

/** Those that have not been carried out yet. Answers how many had been. */
const applyRest = (letters: Letter[]): Promise<number> =>
  transaction(async () => {
    const fresh = new Set((await addKeys(letters)).map(({ key }) => key));
    // One without a name counts again unless the broker says that it tried before.
    const due = letters.filter(
      ({ delivery, told, anonymous }) => fresh.delete(told.key) || (anonymous && !delivery.fields.redelivered),
    );
    await applyMessages(due);
    return letters.length - due.length;
  });

/** Carries out those that have not been yet, all together or none. Answers how many had been. */
export const applyLetters = async (letters: Letter[]): Promise<number> => {
  const areNamed = letters.every(({ delivery, anonymous }) => !anonymous && !delivery.fields.redelivered);
  if (areNamed) {
    try {
      await applyNew(letters);
      return 0;
    } catch (thrown) {
      if (!(thrown instanceof Repeated)) throw thrown;
    }
  }
  return applyRest(letters);
};

/** Counts one more failure of each of these messages. Answers how many there are now. */
export const countFailures = async (keys: string[]): Promise<Map<string, number>> => {
  if (keys.length === 0) return new Map();
  const rows = await query<{ key: string; tries: number }>(
    `insert into message_failures (key, tries) select distinct key, 1 from unnest($1::text[]) as key order by key
     on conflict (key) do update set tries = message_failures.tries + 1, at = clock_timestamp() returning key, tries`,
    [keys],
  );
  return new Map(rows.map(({ key, tries }) => [key, tries]));
};

export const forgetFailures = async (keys: string[]): Promise<void> => {
  if (keys.length > 0) await query('delete from message_failures where key = any($1)', [keys]);
};

/** Keys are kept longer than any broker would try again. */
export const dropOldMessages = (): Promise<unknown> =>
  query(`with old as (select key from messages_handled where at < now() - interval '30 days' limit 10000)
         delete from messages_handled where key in (select key from old)`);
