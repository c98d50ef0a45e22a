import type { Map as LeafletMap } from 'leaflet';
import { isMoving, type Motion, moveTo, type Point, positionAt, rest, toPlane } from './motion.ts';
import { PALETTE, type Scheme } from './palette.ts';
import { createSprites } from './sprites.ts';
import type { MapMarker, Place } from './types.ts';

/** All markers and trails of a map on one canvas above it. Draws while something moves, and otherwise not at all. */

type Drawn = { marker: MapMarker; motion: Motion };

const WORLD = 256;
const EARTH_METRES = 40_075_016.686;
const HIT_PX = 18;

export const createMarkerLayer = (map: LeafletMap, scheme: Scheme, still: boolean) => {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  canvas.style.cssText = 'position:absolute;inset:0;pointer-events:none;z-index:450';
  map.getContainer().append(canvas);
  const context = canvas.getContext('2d')!;
  let ratio = 1;
  let palette = PALETTE[scheme];
  let sprites = createSprites(palette, ratio);
  const drawn = new Map<string, Drawn>();
  let trail: Point[] = [];
  let selected: string | null = null;
  let hovered: string | null = null;
  let frame = 0;

  const resize = () => {
    const { x, y } = map.getSize();
    const now = window.devicePixelRatio || 1;
    if (now !== ratio) {
      ratio = now;
      sprites = createSprites(palette, ratio);
    }
    canvas.width = Math.round(x * ratio);
    canvas.height = Math.round(y * ratio);
    canvas.style.width = `${x}px`;
    canvas.style.height = `${y}px`;
  };

  /** From the plane to pixels of the canvas, for the map as it lies now. */
  const view = () => {
    const scale = WORLD * 2 ** map.getZoom();
    const centre = toPlane({ lat: map.getCenter().lat, long: map.getCenter().lng });
    const { x: width, y: height } = map.getSize();
    return (point: Point): Point => ({
      x: (point.x - centre.x) * scale + width / 2,
      y: (point.y - centre.y) * scale + height / 2,
    });
  };

  const drawTrail = (place: (point: Point) => Point) => {
    if (trail.length < 2) return;
    context.beginPath();
    for (const [index, point] of trail.entries()) {
      const { x, y } = place(point);
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.lineJoin = context.lineCap = 'round';
    context.strokeStyle = palette.ring;
    context.globalAlpha = 0.7;
    context.lineWidth = 7;
    context.stroke();
    context.globalAlpha = 1;
    context.strokeStyle = palette.trail;
    context.lineWidth = 3.5;
    context.stroke();
  };

  const drawAccuracy = ({ marker }: Drawn, { x, y }: Point) => {
    if (!marker.accuracy) return;
    const metres = (EARTH_METRES * Math.cos((marker.lat * Math.PI) / 180)) / (WORLD * 2 ** map.getZoom());
    const radius = marker.accuracy / metres;
    if (radius < 8) return;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = 0.16;
    context.fillStyle = palette.tones[marker.tone];
    context.fill();
    context.globalAlpha = 1;
  };

  const drawLabel = (text: string, { x, y }: Point) => {
    context.font = '600 12.5px system-ui, sans-serif';
    const width = context.measureText(text).width + 14;
    const left = Math.max(4, Math.min(map.getSize().x - width - 4, x - width / 2));
    const top = y < 40 ? y + 16 : y - 38;
    context.beginPath();
    context.roundRect(left, top, width, 22, 6);
    context.fillStyle = palette.textBack;
    context.fill();
    context.fillStyle = palette.text;
    context.textBaseline = 'middle';
    context.fillText(text, left + 7, top + 11.5);
  };

  const drawOne = (one: Drawn, at: Point) => {
    const { half, size } = sprites;
    const bold = one.marker.id === selected;
    if (bold) drawAccuracy(one, at);
    if (bold) {
      context.beginPath();
      context.arc(at.x, at.y, 13, 0, 2 * Math.PI);
      context.lineWidth = 3;
      context.strokeStyle = palette.tones[one.marker.tone];
      context.stroke();
    }
    context.globalAlpha = one.marker.stale ? 0.5 : 1;
    context.drawImage(sprites.of(one.marker), at.x - half, at.y - half, size, size);
    context.globalAlpha = 1;
  };

  const draw = () => {
    frame = 0;
    const now = performance.now();
    const place = view();
    const { x: width, y: height } = map.getSize();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawTrail(place);
    let moving = false;
    const last: [Drawn, Point][] = [];
    for (const one of drawn.values()) {
      const goes = isMoving(one.motion, now);
      const at = place(goes ? positionAt(one.motion, now) : one.motion.to);
      if (at.x < -20 || at.y < -20 || at.x > width + 20 || at.y > height + 20) continue;
      moving ||= goes;
      if (one.marker.id === selected || one.marker.id === hovered) last.push([one, at]);
      else drawOne(one, at);
    }
    for (const [one, at] of last) {
      drawOne(one, at);
      drawLabel(one.marker.label, at);
    }
    if (moving) redraw();
  };

  const redraw = () => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };

  const refit = () => {
    resize();
    redraw();
  };
  const events = 'move zoom viewreset zoomend moveend';
  map.on(events, redraw);
  map.on('resize', refit);
  refit();

  return {
    set: (markers: readonly MapMarker[]) => {
      const now = performance.now();
      const kept = new Set<string>();
      for (const marker of markers) {
        kept.add(marker.id);
        const before = drawn.get(marker.id);
        const to = toPlane(marker);
        if (!before) drawn.set(marker.id, { marker, motion: rest(to) });
        else {
          before.marker = marker;
          before.motion = still ? rest(to) : moveTo(before.motion, to, now);
        }
      }
      for (const id of drawn.keys()) if (!kept.has(id)) drawn.delete(id);
      redraw();
    },
    setTrail: (places: readonly Place[]) => {
      trail = places.map(toPlane);
      redraw();
    },
    select: (id: string | null) => {
      selected = id;
      redraw();
    },
    /** Marks the one below the pointer; answers whether there is one. */
    hover: (id: string | null) => {
      if (id === hovered) return;
      hovered = id;
      redraw();
    },
    /** The nearest marker within reach of a finger. */
    hit: (x: number, y: number): string | null => {
      const place = view();
      const now = performance.now();
      let nearest: string | null = null;
      let reach = HIT_PX;
      for (const [id, { motion }] of drawn) {
        const at = place(positionAt(motion, now));
        const distance = Math.hypot(at.x - x, at.y - y);
        if (distance >= reach) continue;
        reach = distance;
        nearest = id;
      }
      return nearest;
    },
    /** Those within sight, from left to right: the order in which keys go through them. */
    visible: (): string[] => {
      const place = view();
      const { x: width, y: height } = map.getSize();
      return [...drawn]
        .map(([id, { motion }]) => ({ id, at: place(motion.to) }))
        .filter(({ at }) => at.x >= 0 && at.y >= 0 && at.x <= width && at.y <= height)
        .sort((a, b) => a.at.x - b.at.x || a.at.y - b.at.y)
        .map(({ id }) => id);
    },
    setScheme: (next: Scheme) => {
      palette = PALETTE[next];
      sprites = createSprites(palette, ratio);
      redraw();
    },
    remove: () => {
      cancelAnimationFrame(frame);
      map.off(events, redraw);
      map.off('resize', refit);
      canvas.remove();
    },
  };
};

export type MarkerLayer = ReturnType<typeof createMarkerLayer>;
