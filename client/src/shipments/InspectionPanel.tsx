import { Button, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { PencilLine } from 'lucide-react';
import { useState } from 'react';
import type { Inspection, Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { ApiError } from '../app/problem.ts';
import { Trouble } from '../app/Trouble.tsx';
import { stamp } from '../app/time.ts';
import { InspectionForm } from './InspectionForm.tsx';
import { InspectionBadge } from './StatusBadge.tsx';
import { partKey, shipmentPath } from './useShipment.ts';

/** A shipment that was never inspected has none: that is an answer, not a failure. */
const readInspection = async (id: string, signal: AbortSignal): Promise<Inspection | null> => {
  try {
    return await request<Inspection>(`${shipmentPath(id)}/inspection`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
};

type Props = { shipment: Shipment; editable: boolean; fresh: Continuity };

export const InspectionPanel = ({ shipment, editable, fresh }: Props) => {
  const [editing, setEditing] = useState(false);
  const {
    data: inspection,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: partKey(shipment.id, 'inspection'),
    queryFn: ({ signal }) => readInspection(shipment.id, signal),
  });
  return (
    <Panel
      title="Inspection"
      aside={<ContinuityBadge of={fresh} label="This inspection" />}
      actions={
        editable &&
        !editing &&
        inspection !== undefined && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<PencilLine size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            {inspection ? 'Change' : 'Inspect'}
          </Button>
        )
      }
    >
      {isPending ? (
        <Skeleton height={40} />
      ) : error && inspection === undefined ? (
        <Trouble error={error} retry={() => void refetch()} />
      ) : editing ? (
        <InspectionForm shipment={shipment} inspection={inspection ?? null} onClose={() => setEditing(false)} />
      ) : (
        <Result inspection={inspection ?? null} />
      )}
    </Panel>
  );
};

const Result = ({ inspection }: { inspection: Inspection | null }) => {
  if (!inspection)
    return (
      <Text size="sm" c="dimmed">
        Not inspected yet.
      </Text>
    );
  return (
    <>
      <InspectionBadge status={inspection.status} />
      {inspection.notes && (
        <Text size="sm" mt={6} style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
          {inspection.notes}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={4}>
        {inspection.inspectedBy}, {stamp(inspection.updatedAt)}
      </Text>
    </>
  );
};
