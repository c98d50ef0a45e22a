import { Alert } from '@mantine/core';
import { Ban, CircleSlash } from 'lucide-react';
import { useState } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { stamp } from '../app/time.ts';
import { mayChangeStatus } from './access.ts';
import { StatusDialog } from './StatusDialog.tsx';
import { StatusSteps } from './StatusSteps.tsx';
import type { Step } from './status.ts';

type Props = { shipment: Shipment; user: User | undefined; fresh: Continuity };

export const StatusPanel = ({ shipment, user, fresh }: Props) => {
  const [target, setTarget] = useState<Step>();
  const { status } = shipment;
  const ended = status === 'rejected' || status === 'cancelled';
  return (
    <Panel title="Status" aside={<ContinuityBadge of={fresh} label="This status" />}>
      {ended && (
        <Alert
          mb="md"
          color={status === 'rejected' ? 'red' : 'gray'}
          variant="light"
          icon={status === 'rejected' ? <Ban size={18} aria-hidden /> : <CircleSlash size={18} aria-hidden />}
          title={status === 'rejected' ? 'Rejected' : 'Cancelled'}
        >
          By {shipment.changedBy}, {stamp(shipment.statusChangedAt)}. It goes no further
          {status === 'rejected' ? '; the reason is in the timeline.' : '.'}
        </Alert>
      )}
      <StatusSteps shipment={shipment} editable={!!user && mayChangeStatus(user)} onChoose={setTarget} />
      {target && <StatusDialog shipment={shipment} target={target} onClose={() => setTarget(undefined)} />}
    </Panel>
  );
};
