import { type Coords, GridLayer } from 'leaflet';

/** A fine net over the map, so that a movement shows where the land has no features. Closer as one comes nearer. */
export const createGrid = (colour: () => string) => {
  const Net = GridLayer.extend({
    createTile: (_coords: Coords) => {
      const tile = document.createElement('canvas');
      tile.width = tile.height = 256;
      const context = tile.getContext('2d')!;
      context.strokeStyle = colour();
      context.lineWidth = 1;
      context.beginPath();
      for (const at of [0.5, 128.5]) {
        context.moveTo(at, 0);
        context.lineTo(at, 256);
        context.moveTo(0, at);
        context.lineTo(256, at);
      }
      context.stroke();
      return tile;
    },
  }) as unknown as new () => GridLayer;
  return new Net();
};
