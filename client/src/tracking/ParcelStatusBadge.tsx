import { Badge } from '../app/Badge.tsx';
import { STATUS } from './status.ts';
import type { ParcelStatus } from './wire.ts';

export const ParcelStatusBadge = ({ status, large }: { status: ParcelStatus; large?: boolean }) => (
  <Badge look={STATUS[status]} status={status} large={large} />
);
