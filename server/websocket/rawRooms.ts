import type { ServerEvent } from '../contract/common.ts';

/** Rooms of raw sockets. Socket.IO keeps its own; delivery serves both, with one frame made for all members. */

export type RawMember = {
  readonly id: string;
  readonly rooms: Set<string>;
  send: (frame: string) => void;
};

const rooms = new Map<string, Set<RawMember>>();
const keyOf = (namespace: string, room: string) => `${namespace} ${room}`;

export const joinRaw = (namespace: string, room: string, member: RawMember): void => {
  if (member.rooms.has(room)) return;
  member.rooms.add(room);
  const key = keyOf(namespace, room);
  const members = rooms.get(key);
  if (members) members.add(member);
  else rooms.set(key, new Set([member]));
};

export const leaveRaw = (namespace: string, room: string, member: RawMember): void => {
  if (!member.rooms.delete(room)) return;
  const key = keyOf(namespace, room);
  const members = rooms.get(key);
  members?.delete(member);
  if (members?.size === 0) rooms.delete(key);
};

export const leaveRawRooms = (namespace: string, member: RawMember): void => {
  for (const room of [...member.rooms]) leaveRaw(namespace, room, member);
};

export const countRaw = (namespace: string, room: string): number => rooms.get(keyOf(namespace, room))?.size ?? 0;

/** An event as a raw frame: its name beside what it holds. */
export const toFrame = ({ type, ...data }: ServerEvent, id?: string | number): string =>
  JSON.stringify({ type, ...(id !== undefined && { id }), data });

/** Sends an event to raw members of `names`, one copy each, but for those in a room of `except`. Answers how many got it. */
export const sendToRaw = (namespace: string, names: string[], except: string[], event: ServerEvent): number => {
  let copies = 0;
  let frame: string | undefined;
  const reached = names.length > 1 ? new Set<RawMember>() : undefined;
  for (const name of names)
    for (const member of rooms.get(keyOf(namespace, name)) ?? []) {
      if (reached?.has(member)) continue;
      if (except.some((room) => member.rooms.has(room))) continue;
      reached?.add(member);
      frame ??= toFrame(event);
      member.send(frame);
      copies += 1;
    }
  return copies;
};
