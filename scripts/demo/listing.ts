import type { z } from 'zod';
import { list } from '../../server/contract/common.ts';
import { Shipment } from '../../server/contract/shipments.ts';
import type { Api } from './api.ts';

/** All shipments that somebody may see, read page by page. */
export const readShipments = async (api: Api, updatedSince?: string): Promise<z.infer<typeof Shipment>[]> => {
  const Page = list(Shipment);
  const items: z.infer<typeof Shipment>[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      limit: '200',
      ...(cursor && { cursor }),
      ...(updatedSince && { updatedSince }),
    });
    const page: z.infer<typeof Page> = await api.call(Page, `/api/shipments?${query}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
};
