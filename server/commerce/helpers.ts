import type { Server } from 'socket.io';
import type { ServerEvent } from '../contract/common.ts';
import { publishNotice } from '../websocket/publish.ts';
import { companyRoom, EVERYONE_ROOM, membersRoom, SUPER_ADMIN_ROOM, shopRoom, userRoom } from '../websocket/rooms.ts';

/**
 * Emitting by hand, for code that is no domain of ours. Each records a notice: sent after the surrounding transaction has
 * committed, by every node to its own sockets. `io` is there for the signature that callers know.
 */

type Io = Pick<Server, 'emit'> | null;
type Data = Record<string, unknown>;

const emit = (rooms: string[], type: ServerEvent['type'], payload: Data): Promise<void> =>
  publishNotice({ rooms, type, payload });

export const emitToUser = (_io: Io, userId: string, event: string, data: Data): Promise<void> =>
  emit([userRoom(userId)], event, data);
export const emitToCompany = (_io: Io, companyId: string, event: string, data: Data): Promise<void> =>
  emit([companyRoom(companyId)], event, data);
export const emitToShop = (_io: Io, shopId: string, event: string, data: Data): Promise<void> =>
  emit([shopRoom(shopId)], event, data);
export const emitToRoom = (_io: Io, roomId: string, event: string, data: Data): Promise<void> =>
  emit([roomId], event, data);

/** To all who may see it: with a `companyId` in `data` that company's people and the super_admins, else everybody. */
export const broadcastToAll = (_io: Io, event: string, data: Data): Promise<void> =>
  emit(
    typeof data.companyId === 'string' ? [membersRoom(data.companyId), SUPER_ADMIN_ROOM] : [EVERYONE_ROOM],
    event,
    data,
  );

export { getConnectedUsers, isUserConnected } from '../websocket/online.ts';
