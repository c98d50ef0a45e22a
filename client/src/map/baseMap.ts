import { canvas, geoJSON, type Map as LeafletMap, tileLayer } from 'leaflet';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import countriesUrl from 'world-atlas/countries-50m.json?url';
import { PALETTE, type Scheme } from './palette.ts';

/**
 * What lies under the markers: the countries of Natural Earth, which come with the page and ask nobody else. With
 * VITE_TILE_URL at build time the tiles of that server, such as `https://tiles.example/{z}/{x}/{y}.png`, lie above them.
 */

const tileUrl: string | undefined = import.meta.env.VITE_TILE_URL;
const tileCredit: string = import.meta.env.VITE_TILE_CREDIT ?? '';

type Countries = Topology<{ countries: GeometryCollection }>;
let countries: Promise<Countries> | undefined;

/** Read once a page, and again when that failed. */
const readCountries = (): Promise<Countries> => {
  countries ??= fetch(countriesUrl).then((answer) => answer.json() as Promise<Countries>);
  countries.catch(() => {
    countries = undefined;
  });
  return countries;
};

const styleOf = (scheme: Scheme) => ({
  color: PALETTE[scheme].border,
  weight: 1,
  fillColor: PALETTE[scheme].land,
  fillOpacity: 1,
});

export const addBaseMap = (map: LeafletMap, scheme: Scheme) => {
  let removed = false;
  let current = scheme;
  // Below the pane of tiles.
  map.createPane('land').style.zIndex = '150';
  const land = geoJSON(undefined, {
    interactive: false,
    pane: 'land',
    style: () => styleOf(current),
    // @ts-expect-error Leaflet passes it on to the polygons; its types know it of single paths only.
    renderer: canvas({ padding: 0.4, pane: 'land' }),
    smoothFactor: 1.5,
  }).addTo(map);
  if (tileUrl) tileLayer(tileUrl, { attribution: tileCredit, maxZoom: 19 }).addTo(map);
  readCountries().then(
    (topology) => {
      if (!removed) land.addData(feature(topology, topology.objects.countries));
    },
    // Positions are true without land below them; the next map tries again.
    () => {},
  );
  return {
    setScheme: (next: Scheme) => {
      current = next;
      land.setStyle(styleOf(next));
    },
    remove: () => {
      removed = true;
    },
  };
};
