import { Router } from 'express';
import { ListQuery } from '../contract/common.ts';
import { CreateWarehouse, SetCapacity } from '../contract/shipments.ts';
import { userOf } from '../platform/auth.ts';
import { transaction } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { sendCreated } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { companyFor, requireManager, requirePart, scopeOf } from './access.ts';
import { emitWarehouseCapacityChange } from './shipmentEvents.ts';
import { insertWarehouse, listWarehouses, setCapacity } from './warehouseStore.ts';

export const warehousesRouter = Router();

warehousesRouter.get('/', async (request, response) => {
  const { limit, cursor, updatedSince } = ListQuery.parse(request.query);
  const user = userOf(request);
  requirePart(user);
  const scope = scopeOf(user);
  // A supplier has shipments of many companies, and no business in their buildings.
  if (scope.kind === 'supplier') {
    response.json({ items: [], nextCursor: null });
    return;
  }
  const companyId = scope.kind === 'company' ? scope.companyId : null;
  response.json(await listWarehouses(companyId, limit, cursor, updatedSince));
});

warehousesRouter.post(
  '/',
  idempotent(async (request, response) => {
    const user = userOf(request);
    requireManager(user);
    const { name, total, companyId } = CreateWarehouse.parse(request.body);
    const warehouse = await insertWarehouse(companyFor(user, companyId), name, total);
    sendCreated(response, `/api/warehouses/${warehouse.id}`, warehouse);
  }),
);

warehousesRouter.patch('/:id/capacity', async (request, response) => {
  const user = userOf(request);
  const change = SetCapacity.parse(request.body);
  const scope = scopeOf(user);
  if (scope.kind !== 'all' && scope.kind !== 'company') throw notFound('Warehouse');
  const { id, name, total, available, utilization } = await transaction(async () => {
    const warehouse = await setCapacity(scope.kind === 'company' ? scope.companyId : null, request.params.id, change);
    requireManager(user);
    await emitWarehouseCapacityChange(warehouse);
    return warehouse;
  });
  response.json({ id, name, total, available, utilization });
});
