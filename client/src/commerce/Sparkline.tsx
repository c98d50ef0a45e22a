import classes from './Sparkline.module.css';
import type { Point } from './stock.ts';

const WIDTH = 120;
const HEIGHT = 28;
const EDGE = 2;

/** How a level went, step by step, with the threshold as a dotted line. Told in words to a screen reader. */
export const Sparkline = ({ points, threshold, name }: { points: Point[]; threshold: number; name: string }) => {
  if (points.length < 2) return <span className={classes.none}>no changes yet</span>;
  const quantities = points.map(({ quantity }) => quantity);
  const top = Math.max(...quantities, threshold, 1);
  const y = (quantity: number) => HEIGHT - EDGE - (quantity / top) * (HEIGHT - 2 * EDGE);
  const x = (index: number) => EDGE + (index / (points.length - 1)) * (WIDTH - 2 * EDGE);
  // A level holds until it changes: steps, not slopes.
  const path = quantities
    .map((quantity, index) =>
      index === 0 ? `M${x(0)} ${y(quantity)}` : `H${x(index).toFixed(1)}V${y(quantity).toFixed(1)}`,
    )
    .join('');
  const last = quantities.at(-1)!;
  return (
    <svg
      className={classes.line}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${name}: from ${quantities[0]} to ${last} in ${points.length - 1} changes, lowest ${Math.min(...quantities)}`}
    >
      <path className={classes.area} d={`${path}V${HEIGHT - EDGE}H${EDGE}Z`} />
      {threshold > 0 && <line className={classes.threshold} x1={0} x2={WIDTH} y1={y(threshold)} y2={y(threshold)} />}
      <path className={classes.path} d={path} />
      <circle className={classes.dot} cx={x(points.length - 1)} cy={y(last)} r={2.4} />
    </svg>
  );
};
