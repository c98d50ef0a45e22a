import { Skeleton, VisuallyHidden } from '@mantine/core';

const WIDTHS = [92, 78, 88, 70, 96, 82, 90, 74, 86, 80];

/** The list's shape while its first page is on its way. */
export const SkeletonRows = () => (
  <div style={{ padding: 16, display: 'grid', gap: 22, overflow: 'hidden' }}>
    <VisuallyHidden role="status">Loading shipments</VisuallyHidden>
    {WIDTHS.map((width) => (
      <Skeleton key={width} height={14} width={`${width}%`} radius="sm" />
    ))}
  </div>
);
