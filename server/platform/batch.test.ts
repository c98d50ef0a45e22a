import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let sql: typeof import('./database.ts');
let batched: typeof import('./batch.ts')['batched'];

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  sql = await import('./database.ts');
  ({ batched } = await import('./batch.ts'));
});
after(async () => {
  await sql.closeDatabase();
  await database.drop();
});

/** Asks for lengths of words; `statements` holds the words of each statement, which `answer` lets go. */
const asker = () => {
  const statements: { words: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const lengthsOf = batched(
    (words: string[]) =>
      new Promise<Map<string, number>>((resolve, reject) => {
        statements.push({
          words,
          answer: () => resolve(new Map(words.map((word) => [word, word.length]))),
          fail: reject,
        });
      }),
  );
  const ask = async (word: string) => (await lengthsOf([word])).get(word);
  const sent = async (count: number) => {
    while (statements.length < count) await new Promise((resolve) => setImmediate(resolve));
    return statements.map(({ words }) => words);
  };
  return { ask, sent, statements };
};

describe('questions of many', () => {
  it('of one tick share a statement, and the same question is asked once', async () => {
    const { ask, sent, statements } = asker();
    const answers = Promise.all([ask('a'), ask('bb'), ask('a')]);
    assert.deepEqual(await sent(1), [['a', 'bb']]);
    statements[0]!.answer();
    assert.deepEqual(await answers, [1, 2, 1]);
  });

  it('that come while two statements are under way wait for one of them, and share the next', async () => {
    const { ask, sent, statements } = asker();
    const first = ask('a');
    await sent(1);
    const second = ask('bb');
    await sent(2);
    const third = ask('ccc');
    await new Promise((resolve) => setImmediate(resolve));
    const fourth = ask('dddd');
    assert.equal((await sent(2)).length, 2);
    statements[1]!.answer();
    assert.deepEqual((await sent(3))[2], ['ccc', 'dddd']);
    statements[0]!.answer();
    statements[2]!.answer();
    assert.deepEqual(await Promise.all([first, second, third, fourth]), [1, 2, 3, 4]);
  });

  it('are gathered for a moment after a crowd, and each is answered', async () => {
    const { ask, sent, statements } = asker();
    const crowd = Promise.all(['a', 'b', 'c', 'd'].map(ask));
    await sent(1);
    const late = ask('ee');
    await new Promise((resolve) => setImmediate(resolve));
    const later = ask('fff');
    statements[0]!.answer();
    assert.deepEqual((await sent(2))[1], ['ee', 'fff']);
    statements[1]!.answer();
    assert.deepEqual([...(await crowd), await late, await later], [1, 1, 1, 1, 2, 3]);
  });

  it('are not gathered any longer once enough of them came, even if more are on their way', async (test) => {
    const { ask, sent, statements } = asker();
    const crowd = Promise.all(['a', 'b', 'c', 'd'].map(ask));
    await sent(1);
    statements[0]!.answer();
    await crowd;
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const many = Promise.all(Array.from({ length: 40 }, (_, n) => ask(`${n}`)));
    // The first look: nobody was there before it, so the crowd has not stood still yet.
    test.mock.timers.tick(5);
    assert.equal((await sent(2))[1]!.length, 40);
    statements[1]!.answer();
    await many;
  });

  it('fail together with their statement, and those behind them do not', async () => {
    const { ask, sent, statements } = asker();
    const failing = Promise.allSettled([ask('a'), ask('b')]);
    await sent(1);
    statements[0]!.fail(new Error('gone'));
    assert.deepEqual(
      (await failing).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    const next = ask('ccc');
    await sent(2);
    statements[1]!.answer();
    assert.equal(await next, 3);
  });
});
