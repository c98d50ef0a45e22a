import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { LiveMapProps } from './LiveMap.tsx';

const LiveMap = lazy(() => import('./LiveMap.tsx'));

/** The map, read when it is first shown: what stands beside it must not wait for it. */
export const LazyMap = (props: LiveMapProps) => (
  <Suspense fallback={<Skeleton height="100%" radius={0} />}>
    <LiveMap {...props} />
  </Suspense>
);
