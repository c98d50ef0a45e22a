import { nearestCopy, project, type Spot } from './mercator.ts';

/** What a map shows, in sides of the world: the area that is followed is larger, so that markers at the edge are there in time. */
export type MapView = { centre: Spot; halfWidth: number; halfHeight: number };

type Edges = { north: number; south: number; east: number; west: number };

export const viewOf = ({ north, south, east, west }: Edges): MapView => {
  const [corner, opposite] = [project(north, west), project(south, east)];
  return {
    centre: { x: (corner.x + opposite.x) / 2, y: (corner.y + opposite.y) / 2 },
    halfWidth: (opposite.x - corner.x) / 2,
    halfHeight: (opposite.y - corner.y) / 2,
  };
};

export const isInView = ({ centre, halfWidth, halfHeight }: MapView, { x, y }: Spot): boolean =>
  Math.abs(nearestCopy(x, centre.x) - centre.x) <= halfWidth && Math.abs(y - centre.y) <= halfHeight;
