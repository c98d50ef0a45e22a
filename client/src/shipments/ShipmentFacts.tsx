import type { ReactNode } from 'react';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { Panel } from '../app/Panel.tsx';
import { full, stamp } from '../app/time.ts';
import { useWarehouses } from '../warehouses/useWarehouses.ts';
import { Eta } from './Eta.tsx';
import classes from './ShipmentFacts.module.css';

export const ShipmentFacts = ({ shipment }: { shipment: Shipment }) => {
  const { data: warehouses } = useWarehouses();
  const warehouse = warehouses?.find(({ id }) => id === shipment.warehouseId)?.name;
  return (
    <Panel title="Details">
      <dl className={classes.facts}>
        <Fact name="Supplier">{shipment.supplierName ?? shipment.supplierId}</Fact>
        <Fact name="From">{shipment.origin}</Fact>
        <Fact name="To">{shipment.destination}</Fact>
        <Fact name="Warehouse">{warehouse}</Fact>
        <Fact name="ETA">
          <Eta shipment={shipment} />
        </Fact>
        <Fact name="Created">
          <span title={full(shipment.createdAt)}>{stamp(shipment.createdAt)}</span>
        </Fact>
        <Fact name="Last change">
          <span title={full(shipment.updatedAt)}>
            {stamp(shipment.updatedAt)} by {shipment.changedBy}
          </span>
        </Fact>
      </dl>
    </Panel>
  );
};

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className={classes.fact}>
    <dt>{name}</dt>
    <dd>{children ?? '–'}</dd>
  </div>
);
