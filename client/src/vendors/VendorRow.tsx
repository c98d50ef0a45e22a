import { Age } from './Age.tsx';
import { categoryName } from './category.ts';
import { Dot } from './Dot.tsx';
import type { Marker } from './fleet.ts';
import { OpenState } from './OpenState.tsx';
import classes from './VendorRow.module.css';

type Props = { marker: Marker; metres: number | undefined; selected: boolean; onSelect: () => void };

const distance = (metres: number) =>
  metres < 950
    ? `${Math.max(10, Math.round(metres / 10) * 10)} m`
    : `${(metres / 1000).toFixed(metres < 9500 ? 1 : 0)} km`;

/** One vendor in the list beside the map: the same choice as a tap on its marker, for keyboards and screen readers. */
export const VendorRow = ({ marker: { vendor, at }, metres, selected, onSelect }: Props) => (
  <button type="button" className={classes.row} aria-current={selected || undefined} onClick={onSelect}>
    <Dot category={vendor.category} isOpen={vendor.isOpen} />
    <span className={classes.main}>
      <span className={classes.name}>{vendor.name}</span>
      <span className={classes.facts}>
        {categoryName(vendor.category)}
        {metres !== undefined && ` · ${distance(metres)}`}
      </span>
    </span>
    <span className={classes.end}>
      <OpenState isOpen={vendor.isOpen} />
      <Age at={at} />
    </span>
  </button>
);
