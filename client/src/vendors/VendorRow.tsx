import { distanceWords } from '../map/distance.ts';
import { Age } from './Age.tsx';
import { categoryName } from './category.ts';
import { Dot } from './Dot.tsx';
import type { Marker } from './fleet.ts';
import { OpenState } from './OpenState.tsx';
import classes from './VendorRow.module.css';

type Props = { marker: Marker; metres: number | undefined; selected: boolean; onSelect: () => void };

/** One vendor in the list beside the map: the same choice as a tap on its marker, for keyboards and screen readers. */
export const VendorRow = ({ marker: { vendor, at }, metres, selected, onSelect }: Props) => (
  <button type="button" className={classes.row} aria-current={selected || undefined} onClick={onSelect}>
    <Dot category={vendor.category} isOpen={vendor.isOpen} />
    <span className={classes.main}>
      <span className={classes.name}>{vendor.name}</span>
      <span className={classes.facts}>
        {categoryName(vendor.category)}
        {metres !== undefined && ` · ${distanceWords(metres)}`}
      </span>
    </span>
    <span className={classes.end}>
      <OpenState isOpen={vendor.isOpen} />
      <Age at={at} />
    </span>
  </button>
);
