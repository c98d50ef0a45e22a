import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Namespace, Server } from 'socket.io';
import { keepMemberships } from './memberships.ts';

/** Rooms as Socket.IO and the fan-out ask for them. */

let namespace: Namespace;
const heard: string[] = [];
beforeEach(() => {
  namespace = new Server().of('/');
  keepMemberships(namespace);
  heard.length = 0;
});

/** Somebody who is connected, with all that an adapter touches of a socket. */
const connect = (id: string) => {
  const client = { writeToEngine: () => heard.push(id) };
  namespace.sockets.set(id, { id, client } as never);
  namespace.adapter.addAll(id, new Set([id]));
};
const join = (id: string, ...names: string[]) => namespace.adapter.addAll(id, new Set(names));
const leave = (id: string, name: string) => namespace.adapter.del(id, name);
const go = (id: string) => {
  namespace.adapter.delAll(id);
  namespace.sockets.delete(id);
};
const membersOf = (name: string) => [...(namespace.adapter.rooms.get(name) ?? [])];
const roomsOf = (id: string) => [...(namespace.adapter.socketRooms(id) ?? [])];

describe('rooms', () => {
  it('hold one, several and nobody, whoever leaves first', () => {
    for (const id of ['a', 'b', 'c']) connect(id);
    join('a', 'r');
    assert.deepEqual(membersOf('r'), ['a']);
    join('b', 'r');
    join('c', 'r');
    join('c', 'r');
    assert.deepEqual(membersOf('r'), ['a', 'b', 'c']);
    leave('a', 'r');
    leave('a', 'r');
    leave('c', 'r');
    assert.deepEqual(membersOf('r'), ['b']);
    leave('b', 'r');
    assert.equal(namespace.adapter.rooms.has('r'), false);
  });

  it('are left by who leaves them and by nobody else', () => {
    for (const id of ['a', 'b']) connect(id);
    join('a', 'r', 's');
    leave('b', 'r');
    leave('b', 'nowhere');
    assert.deepEqual(membersOf('r'), ['a']);
    assert.deepEqual(roomsOf('a'), ['a', 'r', 's']);
    assert.deepEqual(roomsOf('b'), ['b']);
  });

  it('are all left by who goes', () => {
    for (const id of ['a', 'b']) connect(id);
    join('a', 'r', 's');
    join('b', 's');
    go('a');
    assert.deepEqual([...namespace.adapter.rooms.keys()], ['s']);
    assert.deepEqual(membersOf('s'), ['b']);
    assert.equal(namespace.adapter.socketRooms('a'), undefined);
    assert.equal(namespace.adapter.rooms.has('a'), false);
  });

  it('are as many as somebody likes', () => {
    connect('a');
    const names = Array.from({ length: 100 }, (_, n) => `r${n}`);
    for (const name of names) join('a', name);
    assert.deepEqual(roomsOf('a'), ['a', ...names]);
    for (const name of names.slice(1)) leave('a', name);
    assert.deepEqual(roomsOf('a'), ['a', 'r0']);
    go('a');
    assert.equal([...namespace.adapter.rooms.keys()].length, 0);
  });

  it('tell of each who came and went, once', () => {
    const moves: string[] = [];
    for (const event of ['join-room', 'leave-room'])
      namespace.adapter.on(event, (room: string, id: string) => moves.push(`${event} ${room} ${id}`));
    for (const id of ['a', 'b']) connect(id);
    join('a', 'r');
    join('b', 'r', 's');
    join('b', 'r');
    assert.deepEqual(moves.splice(0), ['join-room r a', 'join-room r b', 'join-room s b']);
    leave('a', 'r');
    leave('a', 'r');
    go('b');
    assert.deepEqual(moves, ['leave-room r a', 'leave-room r b', 'leave-room s b']);
  });

  it('named by a socket’s id reach that socket, and spare it', () => {
    for (const id of ['a', 'b', 'c']) connect(id);
    for (const id of ['a', 'b']) join(id, 'r');
    assert.deepEqual(membersOf('b'), ['b']);
    namespace.to('b').emit('e');
    assert.deepEqual(heard.splice(0), ['b']);
    namespace.to('r').except('b').emit('e');
    assert.deepEqual(heard.splice(0), ['a']);
    namespace.except('r').emit('e');
    assert.deepEqual(heard.splice(0), ['c']);
  });
});
