import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ChangeVendor, Vendor } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { VENDORS, vendorKey, vendorPath } from './useVendor.ts';

type Change = { change: ChangeVendor; version: number };

/** Changes a vendor as of the version that the user saw; the server refuses it when somebody was quicker. */
export const useChange = (id: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ change, version }: Change) =>
      request<Vendor>(vendorPath(id), { method: 'PATCH', body: change, ifMatch: version }),
    onSuccess: (vendor) => {
      client.setQueryData<Vendor>(vendorKey(id), (held) => (held && held.version > vendor.version ? held : vendor));
      void client.invalidateQueries({ queryKey: [...VENDORS, 'list'] });
    },
    onError: () => client.refetchQueries({ queryKey: vendorKey(id) }),
  });
};
