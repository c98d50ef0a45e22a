import { SHIPMENT_STATUSES, type ShipmentStatus } from '../contract/shipments.ts';
import { conflict } from '../platform/errors.ts';

/** A shipment's way. A step may skip forward, never back; rejection and cancellation leave the way for good. */
const WAY: ShipmentStatus[] = ['planned', 'in_transit', 'arrived', 'inspecting', 'received', 'stored'];
const REJECTABLE: ShipmentStatus[] = ['in_transit', 'arrived', 'inspecting', 'received'];
const CANCELLABLE: ShipmentStatus[] = ['planned', 'in_transit'];

/** The statuses that may follow `from`, in the order of the way. */
export const nextStatuses = (from: ShipmentStatus): ShipmentStatus[] => {
  const place = WAY.indexOf(from);
  return [
    ...(place < 0 ? [] : WAY.slice(place + 1)),
    ...(REJECTABLE.includes(from) ? (['rejected'] as const) : []),
    ...(CANCELLABLE.includes(from) ? (['cancelled'] as const) : []),
  ];
};

/** The statuses that `to` may follow. */
export const previousStatuses = (to: ShipmentStatus): ShipmentStatus[] =>
  SHIPMENT_STATUSES.filter((from) => nextStatuses(from).includes(to));

/** CONFLICT, naming what is allowed instead, for a `to` that may not follow `from`. */
export const impossibleStep = (from: ShipmentStatus, to: ShipmentStatus): Error => {
  const allowed = nextStatuses(from);
  return conflict(
    allowed.length > 0
      ? `A shipment that is ${from} cannot become ${to}; allowed: ${allowed.join(', ')}`
      : `A shipment that is ${from} stays so`,
  );
};
