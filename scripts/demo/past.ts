import type { ShipmentStatus } from '../../server/contract/shipments.ts';
import { inspectorOf, type Move, operatorOf } from './moves.ts';
import type { Random } from './random.ts';
import { arrivalNote, departureNote } from './stories.ts';
import { type Cargo, keyOf } from './world.ts';

/**
 * How cargo came to be where it stands when the demo opens: an import makes it planned, people did the rest. Steps
 * that a shipment may skip are skipped, since somebody is waiting for the page.
 */
export const pastMoves = (random: Random, cargo: Cargo, status: ShipmentStatus): Move[] => {
  const at = { by: operatorOf(cargo), key: keyOf(cargo) };
  const sailed: Move = { kind: 'status', ...at, status: 'in_transit', note: departureNote(random, cargo) };
  const landed: Move = { kind: 'status', ...at, status: 'arrived', note: arrivalNote(random, cargo) };
  const opened: Move = { kind: 'status', ...at, status: 'inspecting', note: 'On the inspection ramp' };
  const passed: Move = { kind: 'inspection', by: inspectorOf(cargo), key: at.key, status: 'passed', notes: 'No fault' };
  const counted: Move = { kind: 'status', ...at, status: 'received', note: 'Counted and complete' };
  const away: Move = { kind: 'status', ...at, status: 'stored', note: 'Put away' };
  switch (status) {
    case 'cancelled':
      return [{ kind: 'status', ...at, status, note: 'Order withdrawn before it was shipped' }];
    case 'in_transit':
      return [sailed];
    case 'arrived':
      return [sailed, landed];
    case 'inspecting':
      return [landed, opened];
    case 'received':
      return [landed, passed, counted];
    case 'stored':
      return [landed, away];
    default:
      return [];
  }
};
