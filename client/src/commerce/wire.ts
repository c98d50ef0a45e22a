import type { z } from 'zod';
import type {
  InventoryAlert,
  InventoryUpdated,
  OrderNew,
  TransferStatusUpdate,
} from '../../../server/contract/commerce.ts';

/** The notices that these screens hear, as they are on the wire. */

export type OrderNotice = Pick<z.infer<typeof OrderNew>, 'timestamp' | 'orderId' | 'orderNumber'> & { type: string };
export type StockNotice = Omit<z.infer<typeof InventoryUpdated>, 'type'> & { type: string };
export type StockAlert = Omit<z.infer<typeof InventoryAlert>, 'type'> & { type: string };
export type TransferNotice = z.infer<typeof TransferStatusUpdate>;

/** What `GET /ws/status` answers. */
export type ServerStatus = {
  connections: number;
  max: number;
  byNamespace: Record<string, number>;
  byTransport: Record<string, number>;
  rooms: number;
  subscriptions: number;
  eventsPerMinute: number;
  averageConnectionSeconds: number;
};
