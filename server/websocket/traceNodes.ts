import { randomUUID } from 'node:crypto';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { forgetNodeMessages, onNodeMessage, tellNodes } from './nodeMessages.ts';
import { nodeId } from './nodes.ts';
import { type NodeTrace, type Question, traceHere } from './traceSockets.ts';

/** Asks every node what it remembers. The messages are removed again; nothing of a trace is kept. */

const QUESTION = 'trace:question';
const ANSWER = 'trace:answer';
/** Without Redis a question and its answer take half a second each; who takes longer is dead or frozen. */
const DEADLINE_MS = 3_000;

type Asked = { ask: string; from: string; question: Question };
type Answered = { ask: string; node: string; trace: NodeTrace };

/** Answers the questions of other nodes until the returned function is called. */
export const answerTraces = (): (() => void) =>
  onNodeMessage(QUESTION, (message) => {
    const { ask, from, question } = message as Asked;
    if (from === nodeId) return;
    tellNodes(ANSWER, { ask, node: nodeId, trace: traceHere(question) }).catch((error) =>
      log.warn({ err: error }, 'a trace could not be answered'),
    );
  });

/** What each living node remembers; null of those that do not answer within DEADLINE_MS. */
export const traceEverywhere = async (question: Question): Promise<Map<string, NodeTrace | null>> => {
  const others = await query<{ id: string }>('select id from nodes where id <> $1', [nodeId]);
  const traces = new Map<string, NodeTrace | null>([[nodeId, traceHere(question)]]);
  for (const { id } of others) traces.set(id, null);
  if (others.length === 0) return traces;
  const ask = randomUUID();
  const done: number[] = [];
  let missing = others.length;
  let finish = () => {};
  const complete = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stops = [
    onNodeMessage(QUESTION, (message, id) => {
      if ((message as Asked).ask === ask) done.push(id);
    }),
    onNodeMessage(ANSWER, (message, id) => {
      const { ask: asked, node, trace } = message as Answered;
      if (asked !== ask) return;
      done.push(id);
      if (traces.get(node) === null) missing -= 1;
      traces.set(node, trace);
      if (missing <= 0) finish();
    }),
  ];
  const deadline = setTimeout(finish, DEADLINE_MS);
  try {
    await tellNodes(QUESTION, { ask, from: nodeId, question } satisfies Asked);
    await complete;
    return traces;
  } finally {
    clearTimeout(deadline);
    for (const stop of stops) stop();
    void forgetNodeMessages(done);
  }
};
