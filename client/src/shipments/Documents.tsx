import { Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { ShipmentDocument } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { DocumentRow } from './DocumentRow.tsx';
import classes from './Documents.module.css';
import { UploadArea } from './UploadArea.tsx';
import { UploadRow } from './UploadRow.tsx';
import { partKey, shipmentPath } from './useShipment.ts';
import { useUploads } from './useUploads.ts';

const Preview = lazy(() => import('./Preview.tsx'));

type Props = { shipmentId: string; mayUpload: boolean; mayVerify: boolean; fresh: Continuity };

export const Documents = ({ shipmentId, mayUpload, mayVerify, fresh }: Props) => {
  const [shown, setShown] = useState<ShipmentDocument>();
  const { uploads, start, retry, drop } = useUploads(shipmentId);
  const { data, error, isPending, refetch } = useInfiniteQuery({
    queryKey: partKey(shipmentId, 'documents'),
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '200', ...(pageParam && { cursor: pageParam }) });
      return request<List<ShipmentDocument>>(`${shipmentPath(shipmentId)}/documents?${query}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
  const documents = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title="Documents" aside={<ContinuityBadge of={fresh} label="These documents" />}>
      {isPending && <Skeleton height={60} mb="sm" />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data && documents.length === 0 && uploads.length === 0 && (
        <Text size="sm" c="dimmed" mb="sm">
          No documents yet{mayUpload ? '. The first one starts the file.' : '.'}
        </Text>
      )}
      {(documents.length > 0 || uploads.length > 0) && (
        <ul className={classes.list} aria-label="Documents">
          {uploads.map((one) => (
            <UploadRow key={one.id} upload={one} onRetry={() => retry(one)} onDrop={() => drop(one.id)} />
          ))}
          {documents.map((document) => (
            <DocumentRow
              key={document.id}
              document={document}
              mayVerify={mayVerify}
              onPreview={() => setShown(document)}
            />
          ))}
        </ul>
      )}
      {mayUpload && <UploadArea onFiles={start} />}
      <Suspense>{shown && <Preview document={shown} onClose={() => setShown(undefined)} />}</Suspense>
    </Panel>
  );
};
