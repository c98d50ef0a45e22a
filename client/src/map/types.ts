/** What is shown on a map, whatever domain it comes from. */

export type Place = { lat: number; long: number };

export type Tone = 'tide' | 'green' | 'amber' | 'red' | 'violet' | 'gray';

export type MapMarker = Place & {
  id: string;
  tone: Tone;
  /** Who or what it is, for the one that is pointed at or chosen. */
  label: string;
  /** `dot` moves about; the others stand. */
  kind?: 'dot' | 'home' | 'start';
  /** Degrees clockwise from north; shown as a direction. */
  heading?: number | null;
  /** Radius in metres within which it is; drawn around the chosen one. */
  accuracy?: number | null;
  /** Shown paler: it may be elsewhere by now. */
  stale?: boolean;
};

export type Bounds = { north: number; south: number; east: number; west: number };
