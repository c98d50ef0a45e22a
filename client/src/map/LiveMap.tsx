import { useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { control, Map as LeafletMap, latLngBounds } from 'leaflet';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import 'leaflet/dist/leaflet.css';
import { addBaseMap } from './baseMap.ts';
import classes from './LiveMap.module.css';
import { createMarkerLayer, type MarkerLayer } from './markerLayer.ts';
import type { Scheme } from './palette.ts';
import type { Bounds, MapMarker, Place } from './types.ts';

export type LiveMapProps = {
  /** Names the map for screen readers. */
  label: string;
  markers: readonly MapMarker[];
  /** A way that was travelled, oldest first. */
  trail?: readonly Place[] | undefined;
  selectedId?: string | null;
  onSelect?: ((id: string | null) => void) | undefined;
  /** The map shows all markers and the trail whenever this changes and there are any. */
  fit?: string | number;
  /** The marker that stays within sight as it moves. */
  follow?: string | null;
  onBounds?: ((bounds: Bounds) => void) | undefined;
  /** Where and how near it begins when nothing is known yet. */
  start?: { centre: Place; zoom: number };
  /** Given the map once it is made, for a domain that draws on it itself; the answer undoes that. */
  onMap?: ((map: LeafletMap) => () => void) | undefined;
};

type Made = { map: LeafletMap; layer: MarkerLayer; setScheme: (scheme: Scheme) => void };

const NO_TRAIL: readonly Place[] = [];
const WORLD = { centre: { lat: 30, long: 10 }, zoom: 2 };
const MAX_ZOOM = 18;
/** Two places a door apart are shown with their street, not with the paving. */
const FIT_ZOOM = 15;

const boundsOf = (map: LeafletMap): Bounds => {
  const bounds = map.getBounds();
  return { north: bounds.getNorth(), south: bounds.getSouth(), east: bounds.getEast(), west: bounds.getWest() };
};

/**
 * A map of what moves: two thousand markers glide on one canvas. With the keyboard: arrows move it, + and - zoom, page
 * up and page down go from marker to marker, escape lets go.
 */
const LiveMap = ({
  label,
  markers,
  trail = NO_TRAIL,
  selectedId = null,
  onSelect,
  fit = '',
  follow = null,
  onBounds,
  start = WORLD,
  onMap,
}: LiveMapProps) => {
  const box = useRef<HTMLDivElement>(null);
  const made = useRef<Made | null>(null);
  const told = useRef({ onSelect, onBounds, start, onMap });
  const scheme = useComputedColorScheme('light');
  const shown = useRef(scheme);
  const still = useReducedMotion();
  const fitted = useRef<string | number | null>(null);
  const hint = useId();
  useEffect(() => {
    told.current = { onSelect, onBounds, start, onMap };
  });

  useEffect(() => {
    const map = new LeafletMap(box.current!, {
      zoomAnimation: false,
      attributionControl: false,
      zoomControl: false,
      maxZoom: MAX_ZOOM,
      minZoom: 2,
      zoomSnap: 0.5,
      worldCopyJump: true,
      maxBoundsViscosity: 1,
    });
    const { centre, zoom } = told.current.start;
    map.setView([centre.lat, centre.long], zoom);
    control.zoom({ position: 'topright', zoomInTitle: 'Zoom in', zoomOutTitle: 'Zoom out' }).addTo(map);
    control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
    control
      .attribution({ prefix: false, position: 'bottomright' })
      .addAttribution('Made with Natural Earth')
      .addTo(map);
    const base = addBaseMap(map, shown.current);
    const layer = createMarkerLayer(map, shown.current, still);
    map.on('click', ({ containerPoint }) => told.current.onSelect?.(layer.hit(containerPoint.x, containerPoint.y)));
    map.on('mousemove', ({ containerPoint }) => {
      const id = layer.hit(containerPoint.x, containerPoint.y);
      layer.hover(id);
      map.getContainer().style.cursor = id ? 'pointer' : '';
    });
    const tellBounds = () => told.current.onBounds?.(boundsOf(map));
    map.on('moveend', tellBounds);
    const size = new ResizeObserver(() => map.invalidateSize({ animate: false }));
    size.observe(box.current!);
    made.current = {
      map,
      layer,
      setScheme: (next) => {
        base.setScheme(next);
        layer.setScheme(next);
      },
    };
    tellBounds();
    const undo = told.current.onMap?.(map);
    return () => {
      undo?.();
      made.current = null;
      fitted.current = null;
      size.disconnect();
      layer.remove();
      base.remove();
      map.remove();
    };
  }, [still]);

  useEffect(() => {
    shown.current = scheme;
    made.current?.setScheme(scheme);
  }, [scheme]);
  useEffect(() => made.current?.layer.set(markers), [markers, still]);
  useEffect(() => made.current?.layer.setTrail(trail), [trail, still]);
  useEffect(() => made.current?.layer.select(selectedId), [selectedId, still]);

  useEffect(() => {
    const places = [...markers, ...trail];
    if (!made.current || places.length === 0 || fitted.current === fit) return;
    fitted.current = fit;
    const bounds = latLngBounds(places.map(({ lat, long }) => [lat, long]));
    made.current.map.fitBounds(bounds, { padding: [48, 48], maxZoom: FIT_ZOOM, animate: false });
  }, [fit, markers, trail]);

  const chosen = selectedId === null ? undefined : markers.find(({ id }) => id === selectedId);
  const followed = follow === null ? undefined : markers.find(({ id }) => id === follow);
  const [lat, long] = [followed?.lat, followed?.long];
  useEffect(() => {
    if (lat === undefined || long === undefined || !made.current) return;
    made.current.map.panInside([lat, long], { padding: [60, 60], animate: !still });
  }, [lat, long, still]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'PageDown' ? 1 : event.key === 'PageUp' ? -1 : 0;
    if (event.key === 'Escape' && selectedId !== null) onSelect?.(null);
    if (step === 0 || !onSelect) return;
    event.preventDefault();
    const ids = made.current?.layer.visible() ?? [];
    if (ids.length === 0) return;
    const at = selectedId === null ? -1 : ids.indexOf(selectedId);
    const next = at < 0 ? (step > 0 ? 0 : ids.length - 1) : (at + step + ids.length) % ids.length;
    onSelect(ids[next]!);
  };

  return (
    <div className={classes.frame} data-scheme={scheme}>
      {/* Leaflet itself takes the focus and the other keys. */}
      <div
        ref={box}
        className={classes.map}
        role="application"
        aria-label={label}
        aria-describedby={hint}
        data-markers={markers.length}
        data-at={chosen && `${chosen.lat},${chosen.long}`}
        onKeyDown={onKeyDown}
      />
      <span id={hint} className={classes.hint}>
        Arrow keys move the map, plus and minus zoom{onSelect ? ', page down and page up go through the markers' : ''}.
      </span>
    </div>
  );
};

export default LiveMap;
