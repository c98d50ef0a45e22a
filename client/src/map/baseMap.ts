import { DomUtil, type Map as LeafletMap, tileLayer } from 'leaflet';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import countriesUrl from 'world-atlas/countries-50m.json?url';
import { type Shape, toShapes, traceLand } from './land.ts';
import { PALETTE, type Scheme } from './palette.ts';

/**
 * What lies under the markers: the countries of Natural Earth, which come with the page and ask nobody else, on one
 * canvas, since each layer more costs every frame in which a marker moves. With
 * VITE_TILE_URL at build time the tiles of that server, such as `https://tiles.example/{z}/{x}/{y}.png`, lie above them.
 */

const tileUrl: string | undefined = import.meta.env.VITE_TILE_URL;
const tileCredit: string = import.meta.env.VITE_TILE_CREDIT ?? '';

type Countries = Topology<{ countries: GeometryCollection }>;
let countries: Promise<Shape[]> | undefined;

const readShapes = async (): Promise<Shape[]> => {
  const topology = (await (await fetch(countriesUrl)).json()) as Countries;
  return feature(topology, topology.objects.countries).features.flatMap(({ geometry }) =>
    geometry?.type === 'Polygon' || geometry?.type === 'MultiPolygon' ? toShapes(geometry) : [],
  );
};

/** Read once a page, and again when that failed. */
const readCountries = (): Promise<Shape[]> => {
  countries ??= readShapes();
  countries.catch(() => {
    countries = undefined;
  });
  return countries;
};

/** A fine net over the land, so that a movement shows where the land has no features: as wide at every zoom. */
const NET_PX = 128;

/** The first line of the net in a canvas that begins at `edge` of the world, in the middle of a pixel. */
const firstLine = (edge: number) => ((NET_PX - (edge % NET_PX)) % NET_PX) + 0.5;

/** Drawn beyond the view on each side, as a part of it: a map is dragged some way before more must be drawn. */
const MARGIN = 0.4;

export const addBaseMap = (map: LeafletMap, scheme: Scheme) => {
  let palette = PALETTE[scheme];
  let shapes: Shape[] = [];
  // Below the pane of tiles.
  const pane = map.createPane('land');
  pane.style.zIndex = '150';
  const canvas = DomUtil.create('canvas', '', pane);
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d')!;
  /** The corner of what is drawn, in the layer's pixels. */
  let corner = map.containerPointToLayerPoint([0, 0]);

  const draw = () => {
    const size = map.getSize();
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const margin = size.multiplyBy(MARGIN).round();
    const full = size.add(margin.multiplyBy(2));
    corner = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
    const { x: left, y: top } = map.getPixelOrigin().add(corner);
    DomUtil.setPosition(canvas, corner);
    canvas.style.width = `${full.x}px`;
    canvas.style.height = `${full.y}px`;
    // Setting a size clears the canvas as well.
    canvas.width = full.x * ratio;
    canvas.height = full.y * ratio;
    context.scale(ratio, ratio);
    context.beginPath();
    traceLand(context, shapes, { world: 256 * 2 ** map.getZoom(), left, top, width: full.x, height: full.y });
    context.fillStyle = palette.land;
    context.fill('evenodd');
    context.strokeStyle = palette.border;
    context.lineJoin = 'round';
    context.stroke();
    context.beginPath();
    for (let x = firstLine(left); x < full.x; x += NET_PX) {
      context.moveTo(x, 0);
      context.lineTo(x, full.y);
    }
    for (let y = firstLine(top); y < full.y; y += NET_PX) {
      context.moveTo(0, y);
      context.lineTo(full.x, y);
    }
    context.strokeStyle = palette.grid;
    context.stroke();
  };

  /** While the map is dragged, only once an edge of what is drawn comes into view. */
  const extend = () => {
    const away = map.containerPointToLayerPoint([0, 0]).subtract(corner);
    const margin = map.getSize().multiplyBy(MARGIN * 2);
    if (away.x < 0 || away.y < 0 || away.x > margin.x || away.y > margin.y) draw();
  };

  draw();
  map.on('moveend zoomend viewreset resize', draw);
  map.on('move', extend);
  if (tileUrl) tileLayer(tileUrl, { attribution: tileCredit, maxZoom: 19 }).addTo(map);
  let removed = false;
  readCountries().then(
    (read) => {
      if (removed) return;
      shapes = read;
      map.getContainer().dataset.land = 'read';
      draw();
    },
    // Positions are true without land below them; the next map tries again.
    () => {},
  );
  return {
    setScheme: (next: Scheme) => {
      palette = PALETTE[next];
      draw();
    },
    remove: () => {
      removed = true;
      delete map.getContainer().dataset.land;
      map.off('moveend zoomend viewreset resize', draw);
      map.off('move', extend);
    },
  };
};
