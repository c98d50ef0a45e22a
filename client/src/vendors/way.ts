import { canvas, circleMarker, type LatLngExpression, type Map as LeafletMap, latLngBounds, polyline } from 'leaflet';
import type { Day, Moment } from './day.ts';

/** More points than a line on a screen can show. */
const MOST_POINTS = 4_000;

const COLOURS = {
  light: { ahead: '#9fb3bf', done: '#0b6e83', ring: '#ffffff', silent: '#66717e' },
  dark: { ahead: '#4d5c69', done: '#43b1c9', ring: '#0f1318', silent: '#98a2b0' },
};

/** A day's way on a map: what is gone boldly, what is still to come faintly, and nothing through a silence. */
export const drawWay = (map: LeafletMap, scheme: 'light' | 'dark', day: Day) => {
  const bounds = latLngBounds(day.points.map(({ lat, long }) => [lat, long]));
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [40, 40], maxZoom: 16, animate: false });
  const renderer = canvas({ padding: 0.3, pane: 'markerPane' });
  const common = { renderer, interactive: false, smoothFactor: 1 };
  const ahead = polyline([], { ...common, weight: 3 }).addTo(map);
  const done = polyline([], { ...common, weight: 4 }).addTo(map);
  const here = circleMarker([0, 0], { ...common, radius: 8, weight: 3, opacity: 0, fillOpacity: 0 }).addTo(map);
  let colours = COLOURS[scheme];

  const pointsOf = ({ points }: Day, from: number, to: number, step: number): LatLngExpression[] => {
    const line: LatLngExpression[] = [];
    for (let index = from; index <= to; index += step) line.push([points[index]!.lat, points[index]!.long]);
    const end = points[to];
    if (end) line.push([end.lat, end.long]);
    return line;
  };
  const setScheme = (next: 'light' | 'dark') => {
    colours = COLOURS[next];
    ahead.setStyle({ color: colours.ahead });
    done.setStyle({ color: colours.done });
  };
  setScheme(scheme);

  return {
    setScheme,
    setDay: (day: Day) => {
      const step = Math.max(1, Math.ceil(day.points.length / MOST_POINTS));
      ahead.setLatLngs(day.stretches.map(({ from, to }) => pointsOf(day, from, to, step)));
    },
    setMoment: (day: Day, moment: Moment | undefined) => {
      if (!moment) return;
      const step = Math.max(1, Math.ceil(day.points.length / MOST_POINTS));
      const passed = day.stretches.filter(({ from }) => from <= moment.index);
      const lines = passed.map(({ from, to }) => pointsOf(day, from, Math.min(to, moment.index), step));
      if (moment.silentMs === 0) lines.at(-1)?.push([moment.lat, moment.long]);
      done.setLatLngs(lines);
      here.setLatLng([moment.lat, moment.long]);
      here.setStyle({
        opacity: 1,
        fillOpacity: moment.silentMs > 0 ? 0.4 : 1,
        color: moment.silentMs > 0 ? colours.silent : colours.ring,
        fillColor: moment.silentMs > 0 ? colours.silent : colours.done,
      });
      map.panInside([moment.lat, moment.long], { padding: [50, 50], animate: false });
    },
  };
};

export type Way = ReturnType<typeof drawWay>;
