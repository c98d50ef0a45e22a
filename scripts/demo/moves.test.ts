import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shipment, ShipmentStatus } from '../../server/contract/shipments.ts';
import { COMPANIES } from './companies.ts';
import { type Move, nextMove } from './moves.ts';
import { makeOrders, type Order } from './orders.ts';
import { randomFrom } from './random.ts';
import { type Cargo, keyOf, makeWorld, remember, type World } from './world.ts';

const NOW = Date.parse('2026-11-21T06:00:00Z');

const shipmentOf = (companyId: string, order: Order): Shipment => ({
  id: `${companyId}-${order.poNumber}`,
  companyId,
  poNumber: order.poNumber,
  supplierId: order.supplierId,
  supplierName: order.supplierName,
  origin: order.origin,
  destination: order.destination,
  warehouseId: order.warehouse,
  status: order.status,
  inspectionStatus: null,
  eta: order.eta,
  statusChangedAt: new Date(NOW).toISOString(),
  changedBy: 'olga',
  version: 1,
  createdAt: new Date(NOW).toISOString(),
  updatedAt: new Date(NOW).toISOString(),
});

const startingWorld = (seed: number): World =>
  makeWorld(
    COMPANIES.flatMap((company, index) =>
      makeOrders(randomFrom(seed + index), company, 66, NOW).map((order) => shipmentOf(company.id, order)),
    ),
  );

/** What a server would answer, kept to what the moves look at. */
const apply = (world: World, move: Move) => {
  if (move.kind === 'order') {
    remember(world, shipmentOf(move.companyId, move.order));
    world.running.set(move.companyId, move.running);
  }
  if (move.kind === 'capacity') world.pallets.shift();
  if (move.kind === 'etas') {
    for (const { key, eta } of move.etas) Object.assign(world.cargos.get(key)!, { eta });
    world.sailed = world.sailed.filter((key) => !move.etas.some((changed) => changed.key === key));
  }
  if (!('key' in move)) return;
  const cargo = world.cargos.get(move.key)!;
  if (move.kind === 'status') cargo.status = move.status;
  if (move.kind === 'reject') cargo.status = 'rejected';
  if (move.kind === 'inspection') cargo.inspectionStatus = move.status;
  if (move.kind === 'document') cargo.papers[move.documentType] = { id: 'd', isVerified: false };
  if (move.kind === 'verify') cargo.papers[move.documentType]!.isVerified = true;
  if (move.kind === 'status' && move.status === 'in_transit') world.sailed.push(move.key);
  if (move.kind === 'status' && move.status === 'stored' && cargo.warehouseId)
    world.pallets.push({ companyId: cargo.companyId, warehouseId: cargo.warehouseId, places: -30 });
  world.focus = move.key;
  remember(world, cargo);
};

const play = (seed: number, count: number, onMove: (move: Move, cargo: Cargo | undefined) => void = () => {}) => {
  const world = startingWorld(seed);
  const random = randomFrom(seed);
  for (let index = 0; index < count; index += 1) {
    const move = nextMove(random, world, NOW + index * 2_000);
    if (!move) continue;
    onMove(move, 'key' in move ? world.cargos.get(move.key) : undefined);
    apply(world, move);
  }
  return world;
};

test('the same seed tells the same story, another one another', () => {
  const story = (seed: number) => {
    const moves: Move[] = [];
    play(seed, 300, (move) => moves.push(move));
    return moves;
  };
  assert.deepEqual(story(3), story(3));
  assert.notDeepEqual(story(3), story(4));
});

test('every move is one that the rules of shipments allow', () => {
  const ORDER: ShipmentStatus[] = ['planned', 'in_transit', 'arrived', 'inspecting', 'received', 'stored'];
  play(5, 4_000, (move, cargo) => {
    if (move.kind === 'status') {
      if (move.status === 'cancelled') assert.ok(['planned', 'in_transit'].includes(cargo!.status));
      else assert.ok(ORDER.indexOf(move.status) > ORDER.indexOf(cargo!.status), `${cargo!.status} → ${move.status}`);
      assert.ok(ORDER.includes(cargo!.status), 'nothing leaves a final status');
    }
    if (move.kind === 'reject') assert.ok(['in_transit', 'arrived', 'inspecting', 'received'].includes(cargo!.status));
    if (move.kind === 'verify') assert.equal(cargo!.papers[move.documentType]?.isVerified, false);
    if ('key' in move && move.by.role !== 'supplier') assert.equal(move.by.companyId, cargo!.companyId);
    if ('key' in move && move.by.role === 'supplier') assert.equal(move.by.id, cargo!.supplierId);
    if (move.kind === 'inspection') assert.equal(move.by.role, 'inspector');
  });
});

test('it can run all day: every kind of move keeps coming, and no status runs dry or over', () => {
  const late = new Set<string>();
  let count = 0;
  const world = play(9, 8_000, (move) => {
    count += 1;
    if (count > 7_000) late.add(move.kind);
  });
  assert.deepEqual([...late].sort(), [
    'capacity',
    'document',
    'etas',
    'inspection',
    'order',
    'reject',
    'status',
    'verify',
  ]);
  const counted = (status: ShipmentStatus) =>
    [...world.cargos.values()].filter((cargo) => cargo.status === status).length;
  for (const status of ['planned', 'in_transit'] as const)
    assert.ok(counted(status) > 10 && counted(status) < 300, status);
  const ashore = counted('arrived') + counted('inspecting') + counted('received');
  assert.ok(ashore > 3 && ashore < 40, `${ashore} ashore`);
  assert.ok(world.pallets.length < 10, `${world.pallets.length} pallets wait`);
});

test('order numbers never repeat within a company', () => {
  const numbers = [...startingWorld(11).cargos.keys()];
  play(11, 3_000, (move) => {
    if (move.kind === 'order') numbers.push(keyOf({ companyId: move.companyId, poNumber: move.order.poNumber }));
  });
  assert.ok(numbers.length > 300, 'new orders came');
  assert.equal(new Set(numbers).size, numbers.length);
  for (const number of numbers) assert.match(number, / (4500\d{6}|PO-\d{6}|KD26-\d{5})$/);
});
