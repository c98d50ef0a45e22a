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
}

/** One load, measured on a freshly started server, that yields one or several figures. */
export interface Scenario<Key extends string = string> {
  name: string;
  columns: readonly ColumnName[];
  figures: Record<Key, Figure>;
  /** What the servers are started with for this load only. */
  env?: Record<string, string>;
  /** `quick` runs the same steps with numbers too small to mean anything. */
  measure(target: Target, quick: boolean): Promise<Record<Key, number>>;
  /** Takes away what a measurement left outside the database, once its server has ended. */
  release?(): Promise<void>;
}
