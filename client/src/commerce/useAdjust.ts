import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { newId } from '../app/newId.ts';
import { useUser } from '../signin/session.ts';
import { adjustStock } from './calls.ts';
import { takeStock } from './useStock.ts';

/** Adds to a level or takes from it. The database does the sum, so two who do it at once are both counted. */
export const useAdjust = (
  { productId, shopId, companyId }: StockItem,
  { onError, onSuccess }: { onError?: (error: unknown) => void; onSuccess?: (item: StockItem) => void } = {},
) => {
  const client = useQueryClient();
  const everywhere = useUser()?.companyId === null;
  return useMutation({
    mutationFn: (delta: number) => adjustStock(productId, { shopId, delta, ...(everywhere && { companyId }) }, newId()),
    onSuccess: (item) => {
      takeStock(client, item);
      onSuccess?.(item);
    },
    onError: (error) => onError?.(error),
  });
};
