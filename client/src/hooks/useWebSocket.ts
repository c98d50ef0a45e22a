import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { z } from 'zod';
import type {
  DocumentUploaded,
  ShipmentUpdated,
  UserDisconnected,
  UserViewing,
  WarehouseCapacityUpdated,
} from '../../../server/contract/shipments.ts';
import { activeShipments, joinRoom, onActiveShipments } from '../streams/joinedShipments.ts';
import { socketClient } from '../utils/socketClient.ts';
import type { Unsubscribe } from '../utils/types.ts';

export type ShipmentUpdate = z.infer<typeof ShipmentUpdated>;
export type DocumentUpload = z.infer<typeof DocumentUploaded>;
export type ViewerCame = z.infer<typeof UserViewing>;
export type ViewerLeft = z.infer<typeof UserDisconnected>;
export type WarehouseCapacity = z.infer<typeof WarehouseCapacityUpdated>;

const onShipmentUpdate = (handler: (event: ShipmentUpdate) => void): Unsubscribe =>
  socketClient.on('shipment:updated', handler);
const onDocumentUpload = (handler: (event: DocumentUpload) => void): Unsubscribe =>
  socketClient.on('document:uploaded', handler);
const onUserViewing = (handler: (event: ViewerCame) => void): Unsubscribe => socketClient.on('user:viewing', handler);
const onUserDisconnected = (handler: (event: ViewerLeft) => void): Unsubscribe =>
  socketClient.on('user:disconnected', handler);
const onWarehouseCapacityChange = (handler: (event: WarehouseCapacity) => void): Unsubscribe =>
  socketClient.on('warehouse:capacity_updated', handler);

/** What one component has joined; joining twice is joining once. */
const createJoins = () => {
  const rooms = new Map<string, ReturnType<typeof joinRoom>>();
  const leave = (shipmentId: string) => {
    rooms.get(shipmentId)?.leave();
    rooms.delete(shipmentId);
  };
  return {
    join: (shipmentId: string): Promise<void> => {
      const room = rooms.get(shipmentId) ?? joinRoom(shipmentId);
      rooms.set(shipmentId, room);
      return room.ready;
    },
    leave,
    leaveAll: () => {
      for (const shipmentId of [...rooms.keys()]) leave(shipmentId);
    },
  };
};

export type WebSocketApi = {
  isConnected: boolean;
  /** Ids of the shipments that any component has joined. */
  activeShipments: readonly string[];
  /** Follows a shipment until `leaveShipment` or until this component unmounts. Rejects when the server refuses. */
  joinShipment: (shipmentId: string) => Promise<void>;
  leaveShipment: (shipmentId: string) => void;
  onShipmentUpdate: typeof onShipmentUpdate;
  onDocumentUpload: typeof onDocumentUpload;
  onUserViewing: typeof onUserViewing;
  onUserDisconnected: typeof onUserDisconnected;
  onWarehouseCapacityChange: typeof onWarehouseCapacityChange;
  emit: typeof socketClient.emit;
};

const NONE: readonly string[] = [];

/** The live connection for a component. Every function keeps its identity, so effects may depend on them. */
export const useWebSocket = (): WebSocketApi => {
  const isConnected = useSyncExternalStore(socketClient.subscribe, socketClient.connected, () => false);
  const active = useSyncExternalStore(onActiveShipments, activeShipments, () => NONE);
  const [joins] = useState(createJoins);
  useEffect(() => joins.leaveAll, [joins]);
  return useMemo(
    () => ({
      isConnected,
      activeShipments: active,
      joinShipment: joins.join,
      leaveShipment: joins.leave,
      onShipmentUpdate,
      onDocumentUpload,
      onUserViewing,
      onUserDisconnected,
      onWarehouseCapacityChange,
      emit: socketClient.emit,
    }),
    [isConnected, active, joins],
  );
};
export default useWebSocket;
