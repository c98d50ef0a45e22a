import type { ColumnName } from '../columns.ts';
import type { Target } from '../target.ts';

/** One line of the table. */
export interface Figure {
  title: string;
  unit: string;
  better: 'lower' | 'higher';
  digits: number;
  /** What Waybeat's cost may be, as a multiple of plain's; absent where nothing is promised. */
  aim?: number;
  /** The same as a multiple of raw `ws`'s. */
  aimOfRaw?: number;
  /** What Waybeat's figure itself may be at most, or for a rate at least. */
  limit?: number;
  /** Where the figure stands on a curve of growth; figures of several rows may make one. */
  point?: { curve: string; of: string; at: number };
}

/** One load, measured on a freshly started server, that yields one or several figures. */
export interface Scenario<Key extends string = string> {
  name: string;
  columns: readonly ColumnName[];
  figures: Record<Key, Figure>;
  /** What the servers are started with for this load only. */
  env?: Record<string, string>;
  /** Figures that could not be measured may be left out. `quick` runs the same steps with numbers too small to mean anything. */
  measure(target: Target, quick: boolean): Promise<Record<Key, number>>;
  /** Takes away what a measurement left outside the database, once its server has ended. */
  release?(): Promise<void>;
}

/** One figure at growing sizes: a line of the table each, with keys like `cpu10`, and together one curve. */
export const growth = (
  key: string,
  sizes: readonly number[],
  { of, title, ...figure }: Omit<Figure, 'title' | 'point'> & { of: string; title: string },
): Record<string, Figure> =>
  Object.fromEntries(
    sizes.map((size) => [
      `${key}${size}`,
      { ...figure, title: `${title}, ${counted(size, of)}`, point: { curve: title, of, at: size } },
    ]),
  );

const counted = (size: number, of: string) =>
  `${size.toLocaleString('en-US')} ${size === 1 ? of.replace(/s$/, '') : of}`;
