// biome-ignore-all lint/a11y/useSemanticElements: rows are placed absolutely, which table elements cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: rows and cells of a plain table take no focus
import { memo } from 'react';
import { Link } from 'wouter';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { ago, full } from '../app/time.ts';
import { useMinute } from '../app/useMinute.ts';
import { useChange } from './changes.ts';
import { Eta } from './Eta.tsx';
import classes from './ShipmentRows.module.css';
import { InspectionBadge, StatusBadge } from './StatusBadge.tsx';

/** Lets the page it opens go back to this list as it is filtered. */
const FROM_LIST = { fromList: true };

type Props = { shipment: Shipment; warehouse: string | undefined; index: number; start: number; height: number };

/** One shipment. The link of its number covers the whole row. */
export const ShipmentRow = memo(({ shipment, warehouse, index, start, height }: Props) => {
  const change = useChange(shipment.id);
  const now = useMinute();
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-id={shipment.id}
      data-version={shipment.version}
      data-odd={index % 2 === 1 || undefined}
      style={{ top: start, height }}
    >
      {change && (
        <span key={change.at} className={classes.flash} data-ending={change.isEnding || undefined} aria-hidden />
      )}
      <span role="cell" className={classes.po}>
        <Link href={`/shipments/${encodeURIComponent(shipment.id)}`} state={FROM_LIST} className={classes.link}>
          {shipment.poNumber}
        </Link>
      </span>
      <span role="cell" className={classes.supplier} title={shipment.supplierName ?? undefined}>
        {shipment.supplierName ?? shipment.supplierId ?? <Missing />}
      </span>
      <Route origin={shipment.origin} destination={shipment.destination} />
      <span role="cell" className={classes.warehouse}>
        {warehouse ?? <Missing />}
      </span>
      <span role="cell" className={classes.status}>
        <StatusBadge status={shipment.status} />
      </span>
      <span role="cell" className={classes.inspection}>
        <InspectionBadge status={shipment.inspectionStatus} />
      </span>
      <span role="cell" className={classes.eta}>
        <Eta shipment={shipment} />
      </span>
      <span role="cell" className={classes.change}>
        {change ? (
          <span className={classes.what}>
            <b>{change.isNew ? 'New' : change.what}</b> by {change.by}
          </span>
        ) : (
          <span title={full(shipment.updatedAt)}>
            {ago(shipment.updatedAt, now)} by {shipment.changedBy}
          </span>
        )}
      </span>
    </div>
  );
});

const Missing = () => <span className={classes.missing}>–</span>;

const Route = ({ origin, destination }: { origin: string | null; destination: string | null }) => (
  <span role="cell" className={classes.route} title={`${origin ?? '–'} → ${destination ?? '–'}`}>
    {origin ?? '–'}
    <span className={classes.arrow} aria-hidden>
      →
    </span>
    <span className={classes.srOnly}> to </span>
    {destination ?? '–'}
  </span>
);
