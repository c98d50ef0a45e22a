import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { QueryObserver } from '@tanstack/react-query';
import { LiveQueryClient } from './liveQueryClient.ts';

const queryKey = ['orders'];

describe('an answer that is made invalid while it is on its way', () => {
  let client = new LiveQueryClient();
  let answers: ((text: string) => void)[] = [];
  let stop = () => {};
  const held = () => client.getQueryData<string>(queryKey);
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

  beforeEach(() => {
    stop();
    client.clear();
    client = new LiveQueryClient();
    answers = [];
    const observer = new QueryObserver<string>(client, {
      queryKey,
      queryFn: () => new Promise((resolve) => answers.push(resolve)),
      retry: false,
    });
    stop = observer.subscribe(() => {});
  });
  after(() => {
    stop();
    client.clear();
  });

  it('is shown, and read again, when it is the first', async () => {
    const invalidated = client.invalidateQueries({ queryKey });
    answers[0]!('before');
    await settled();
    assert.equal(held(), 'before');
    assert.equal(answers.length, 2);
    answers[1]!('after');
    await invalidated;
    assert.equal(held(), 'after');
  });

  it('is read again once, however often that happened', async () => {
    const invalidated = [1, 2, 3].map(() => client.invalidateQueries({ queryKey }));
    answers[0]!('before');
    await settled();
    assert.equal(answers.length, 2);
    answers[1]!('after');
    await Promise.all(invalidated);
    assert.equal(held(), 'after');
  });

  it('is dropped for a new one when there is an older one to show, as ever', async () => {
    answers[0]!('first');
    await settled();
    void client.invalidateQueries({ queryKey });
    const invalidated = client.invalidateQueries({ queryKey });
    assert.equal(answers.length, 3);
    answers[1]!('second');
    answers[2]!('third');
    await invalidated;
    assert.equal(held(), 'third');
  });

  it('is not read again by who only marks it', async () => {
    const invalidated = client.invalidateQueries({ queryKey, refetchType: 'none' });
    answers[0]!('before');
    await invalidated;
    await settled();
    assert.equal(answers.length, 1);
  });
});
