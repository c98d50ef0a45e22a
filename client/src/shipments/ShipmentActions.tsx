import { Button } from '@mantine/core';
import { Ban, CircleSlash } from 'lucide-react';
import { useState } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { mayChangeStatus, mayReject } from './access.ts';
import { RejectDialog } from './RejectDialog.tsx';
import { StatusDialog } from './StatusDialog.tsx';
import { canBeCancelled, canBeRejected } from './status.ts';

/** The two ways off the way, offered only where they are allowed. A dialog stays open when they stop being so. */
export const ShipmentActions = ({ shipment, user }: { shipment: Shipment; user: User }) => {
  const [open, setOpen] = useState<'reject' | 'cancel'>();
  const close = () => setOpen(undefined);
  return (
    <>
      {canBeCancelled(shipment) && mayChangeStatus(user) && (
        <Button
          size="xs"
          variant="default"
          leftSection={<CircleSlash size={15} aria-hidden />}
          onClick={() => setOpen('cancel')}
        >
          Cancel
        </Button>
      )}
      {canBeRejected(shipment) && mayReject(user) && (
        <Button
          size="xs"
          variant="default"
          leftSection={<Ban size={15} aria-hidden />}
          onClick={() => setOpen('reject')}
        >
          Reject
        </Button>
      )}
      {open === 'cancel' && <StatusDialog shipment={shipment} target="cancelled" onClose={close} />}
      {open === 'reject' && <RejectDialog shipment={shipment} onClose={close} />}
    </>
  );
};
