/** What an application gets from `waybeat/client`. */

export type {
  Ack,
  AckError,
  DurableEvent,
  ErrorCode,
  List,
  Problem,
  ServerEvent,
  Subscribed,
} from '../../server/contract/common.ts';
export type {
  Inspection,
  Shipment,
  ShipmentDocument,
  ShipmentEvent,
  ShipmentStatus,
  Viewer,
  Warehouse,
} from '../../server/contract/shipments.ts';
export { OfflineIndicator } from './components/OfflineIndicator.tsx';
export { useContinuity } from './hooks/useContinuity.ts';
export { usePollingFallback } from './hooks/usePollingFallback.ts';
export { type StreamView, useStream } from './hooks/useStream.ts';
export {
  type DocumentUpload,
  type ShipmentUpdate,
  useWebSocket,
  type ViewerCame,
  type ViewerLeft,
  type WarehouseCapacity,
  type WebSocketApi,
} from './hooks/useWebSocket.ts';
export { onDurable, openStream } from './streams/sharedStreams.ts';
export type { OpenStreamArgs, StreamContinuity, StreamHandle, StreamStatus } from './streams/types.ts';
export { namespaceClient } from './utils/sharedNamespaces.ts';
export { socketClient, socketClient as default } from './utils/socketClient.ts';
export { SocketError } from './utils/socketError.ts';
export type {
  ClientErrorCode,
  ConnectionStatus,
  ConnectOptions,
  Continuity,
  EmitOptions,
  SocketClient,
  Token,
  TokenSource,
  Unsubscribe,
} from './utils/types.ts';
