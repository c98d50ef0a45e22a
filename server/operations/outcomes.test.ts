import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeTrace } from '../websocket/traceSockets.ts';

process.env.LOG_LEVEL = 'silent';
const { judge } = await import('./outcomes.ts');
const { DID_NOT_READ } = await import('../websocket/backpressure.ts');

const at = (second: number) => 1_800_000_000_000 + second * 1000;
const iso = (second: number) => new Date(at(second)).toISOString();

type Connection = NodeTrace['connections'][number];
const connection = (given: Partial<Connection> = {}): Connection => ({
  socketId: 's',
  transport: 'websocket',
  connectedAt: iso(0),
  endedAt: null,
  endedBecause: null,
  follows: 'stream',
  turns: [{ at: iso(1), version: 4 }],
  acknowledged: null,
  waitingBytes: 0,
  slow: false,
  ...given,
});
const node = (connections: Connection[], given: Partial<NodeTrace> = {}): NodeTrace => ({
  startedAt: at(0),
  since: { deliveries: at(0), turns: at(0), endings: at(0) },
  deliveries: [{ version: 5, at: at(10.1), way: 'tail' }],
  connections,
  ...given,
});
/** What becomes of version 5, committed at second 10. */
const outcome = (...nodes: (NodeTrace | null)[]) =>
  judge.journey({ version: 5, at: at(10) }, new Map(nodes.map((one, n) => [`node-${n}`, one]))).outcome;

describe('how far an event came', () => {
  it('a connection that reads was handed it; one that does not keeps it waiting, or was closed for that', () => {
    assert.equal(outcome(node([connection()])), 'sent');
    assert.equal(outcome(node([connection({ slow: true, waitingBytes: 2e6 })])), 'not_read');
    assert.equal(outcome(node([connection({ endedAt: iso(12), endedBecause: DID_NOT_READ })])), 'cut_off');
    assert.equal(outcome(node([connection({ endedAt: iso(9), endedBecause: DID_NOT_READ })])), 'cut_off');
    assert.equal(outcome(node([connection({ endedAt: iso(9), endedBecause: 'ping timeout' })])), 'connection_lost');
  });

  it('a node that has not brought it to its sockets is told from one that no longer remembers', () => {
    assert.equal(outcome(node([connection()], { deliveries: [] })), 'not_dispatched');
    const since = { deliveries: at(11), turns: at(0), endings: at(0) };
    assert.equal(outcome(node([connection()], { deliveries: [], since })), 'forgotten');
  });

  it('nobody is said to have been away where somebody may know more', () => {
    assert.equal(outcome(node([])), 'not_connected');
    assert.equal(outcome(node([]), null), 'forgotten');
    const since = { deliveries: at(11), turns: at(11), endings: at(11) };
    assert.equal(outcome(node([], { since })), 'forgotten');
  });

  it('the furthest of several connections counts, on whichever node', () => {
    const lost = connection({ endedAt: iso(9), endedBecause: 'transport close' });
    const back = connection({ connectedAt: iso(20), turns: [{ at: iso(20), version: 7 }] });
    assert.equal(outcome(node([lost]), node([back])), 'caught_up');
    assert.equal(outcome(node([lost]), node([connection()])), 'sent');
    assert.equal(outcome(node([connection({ acknowledged: 5 }), lost])), 'acknowledged');
    assert.equal(outcome(node([connection({ acknowledged: 4 })])), 'sent');
  });

  it('joins and leaves count by when they were', () => {
    const left = { at: iso(9), version: null };
    assert.equal(outcome(node([connection({ follows: 'no', turns: [left] })])), 'not_subscribed');
    assert.equal(outcome(node([connection({ follows: 'no', turns: [{ at: iso(11), version: null }] })])), 'sent');
    assert.equal(outcome(node([connection({ turns: [] })])), 'sent');
    assert.equal(outcome(node([connection({ follows: 'no', turns: [] })])), 'not_subscribed');
  });
});
