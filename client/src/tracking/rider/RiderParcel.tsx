import { Button, FileButton, Group, Text } from '@mantine/core';
import { Camera, Navigation } from 'lucide-react';
import { ParcelStatusBadge } from '../ParcelStatusBadge.tsx';
import { STATUS } from '../status.ts';
import type { Parcel, ParcelStatus } from '../wire.ts';
import classes from './RiderParcel.module.css';

/** What most likely comes next is the big button; the others stand beside it. */
const NEXT: Partial<Record<ParcelStatus, ParcelStatus[]>> = {
  CREATED: ['PICKED_UP'],
  PICKED_UP: ['OUT_FOR_DELIVERY', 'AT_HUB'],
  IN_TRANSIT: ['OUT_FOR_DELIVERY', 'AT_HUB'],
  AT_HUB: ['OUT_FOR_DELIVERY', 'IN_TRANSIT'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'FAILED_ATTEMPT'],
  FAILED_ATTEMPT: ['OUT_FOR_DELIVERY', 'RETURNED'],
};

type Props = {
  parcel: Parcel;
  /** Tapped, but still on this phone only. */
  pending: ParcelStatus | undefined;
  photos: number;
  found: boolean;
  onStatus: (status: ParcelStatus) => void;
  onPhoto: (file: File) => void;
};

/** One parcel of the rider's round. */
export const RiderParcel = ({ parcel, pending, photos, found, onStatus, onPhoto }: Props) => {
  const { awb, destination, description } = parcel;
  const status = pending ?? parcel.status;
  const hasPlace = destination.lat !== null && destination.long !== null;
  return (
    <li className={classes.card} data-found={found || undefined} id={`parcel-${awb}`} data-testid={`rider-${awb}`}>
      <Group justify="space-between" gap="xs">
        <b className={classes.awb}>{awb}</b>
        <ParcelStatusBadge status={status} />
      </Group>
      {pending && (
        <Text size="sm" className={classes.pending}>
          {STATUS[pending].label}: waiting to be sent
        </Text>
      )}
      <Text>{destination.address ?? 'No address'}</Text>
      {description && (
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      )}
      <div className={classes.actions}>
        {(NEXT[status] ?? []).map((next, index) => (
          <Button
            key={next}
            size="md"
            color={next === 'FAILED_ATTEMPT' ? 'red.9' : 'tide'}
            variant={index === 0 ? 'filled' : 'default'}
            onClick={() => onStatus(next)}
            aria-label={`${STATUS[next].label}, ${awb}`}
          >
            {STATUS[next].label}
          </Button>
        ))}
        <FileButton onChange={(file) => file && onPhoto(file)} accept="image/*" capture="environment">
          {(props) => (
            <Button
              {...props}
              size="md"
              variant="default"
              leftSection={<Camera size={18} aria-hidden />}
              aria-label={`Photo as proof, ${awb}`}
            >
              Photo{photos > 0 && ` (${photos})`}
            </Button>
          )}
        </FileButton>
        {hasPlace && (
          <Button
            component="a"
            href={`geo:${destination.lat},${destination.long}`}
            size="md"
            variant="subtle"
            leftSection={<Navigation size={18} aria-hidden />}
            aria-label={`Way to ${destination.address ?? awb}`}
          >
            Way
          </Button>
        )}
      </div>
    </li>
  );
};
