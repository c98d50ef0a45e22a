import { DomUtil, type Map as LeafletMap } from 'leaflet';
import { ageText, type Freshness, freshnessOf } from './age.ts';
import type { Colour } from './category.ts';
import { serverNow } from './clock.ts';
import type { Fleet, Marker } from './fleet.ts';
import { nearestCopy, type Spot } from './mercator.ts';
import { placeAt, speedOf } from './motion.ts';

/**
 * Draws thousands of vendors on one canvas above the map: an element for each would cost more than a frame has. It
 * draws as often as the fastest marker moves by a pixel: many times a second near by, a few times from far away, and once
 * a second for the ages where nobody moves or nobody wants to see it.
 */

type Box = { x: number; y: number; w: number };
/** In pixels of the canvas. */
type Shown = { marker: Marker; x: number; y: number };

export type VendorCanvas = {
  /** Who is drawn; all unless set. */
  setFilter: (accepts: (marker: Marker) => boolean) => void;
  setSelected: (id: string | null) => void;
  setDark: (dark: boolean) => void;
  /** The vendor nearest to a point of the map's container, not farther than a finger is wide. */
  at: (x: number, y: number) => Marker | undefined;
  destroy: () => void;
};

/** Drawn beyond the view on each side, as a part of it: a drag takes the canvas along, and draws when this is used up. */
const MARGIN = 0.1;
/** A report only sets a marker on its way, so it need not be drawn at once. */
const NEWS_MS = 80;
const FRAME_MS = 17;
const REACH_PX = 24;
/** From the edge of the chosen marker to the ring around it. */
const RING_PX = 6;
/** Names of more than these would cover each other. */
const MOST_NAMED = 120;
const LABEL_ZOOM = 12;
const MOST_PICTURES = 500;

const ALPHA: Record<Freshness, number> = { fresh: 1, aging: 0.85, old: 0.5 };

const CROWD = 600;

/** Smaller from far away, and where so many are that they would cover each other. */
const radiusAt = (zoom: number, count: number) => {
  const radius = zoom >= 13 ? 9 : zoom >= 10 ? 7 : zoom >= 6 ? 5.5 : 4.5;
  return count > CROWD ? Math.min(radius, 6) : radius;
};

export const createVendorCanvas = (map: LeafletMap, fleet: Fleet, still: boolean): VendorCanvas => {
  const pane = map.getPane('vendors') ?? map.createPane('vendors');
  pane.style.zIndex = '450';
  pane.style.pointerEvents = 'none';
  const canvas = DomUtil.create('canvas', '', pane);
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d')!;
  let accepts: (marker: Marker) => boolean = () => true;
  let selected: string | null = null;
  let dark = false;
  let frame: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = 0;
  let width = 0;
  let height = 0;
  const shown: Shown[] = [];
  /** Filled anew at every frame: thousands of objects a frame would be collected as garbage in the middle of a later one. */
  const pool: Shown[] = [];
  /** The canvas's corner in the layer's pixels, as it was drawn last. */
  let corner = map.containerPointToLayerPoint([0, 0]);
  const spot: Spot = { x: 0, y: 0 };
  /** What the pictures are made for; another zoom or scheme needs others. */
  let look = '';
  const sprites = new Map<Colour, { open: Pictures; closed: Pictures }>();
  const labels = new Map<string, Picture>();

  const pixelRatio = () => Math.min(2, window.devicePixelRatio || 1);

  const fit = () => {
    const size = map.getSize();
    const ratio = pixelRatio();
    width = Math.ceil(size.x * (1 + 2 * MARGIN));
    height = Math.ceil(size.y * (1 + 2 * MARGIN));
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    request();
  };

  /** A marker's picture, drawn once for all vendors that look alike. */
  const spriteOf = ({ vendor, colour }: Marker, fresh: Freshness, radius: number): Picture => {
    let pictures = sprites.get(colour);
    if (!pictures) {
      pictures = { open: {}, closed: {} };
      sprites.set(colour, pictures);
    }
    const alike = vendor.isOpen ? pictures.open : pictures.closed;
    const known = alike[fresh];
    if (known) return known;
    const ratio = pixelRatio();
    const side = Math.ceil((radius + 3) * 2);
    const ink = colour[dark ? 'dark' : 'light'];
    const { isOpen } = vendor;
    const picture = pictureOf(side * ratio, side * ratio, (context) =>
      drawMarker(context, { ratio, side, radius, colour: ink, isOpen, fresh, dark }),
    );
    alike[fresh] = picture;
    return picture;
  };

  const draw = () => {
    frame = undefined;
    // At the end of its way, for whoever asked for less motion.
    const now = still ? Number.POSITIVE_INFINITY : performance.now();
    const time = serverNow();
    const ratio = pixelRatio();
    const zoom = map.getZoom();
    const world = 256 * 2 ** zoom;
    const size = map.getSize();
    corner = map.containerPointToLayerPoint([-Math.round(size.x * MARGIN), -Math.round(size.y * MARGIN)]).round();
    // Where the canvas's corner lies in the world's square.
    const origin = map.getPixelOrigin().add(corner);
    const middle = (origin.x + width / 2) / world;
    const radius = radiusAt(zoom, shown.length);
    if (look !== `${radius} ${ratio} ${dark}`) {
      look = `${radius} ${ratio} ${dark}`;
      sprites.clear();
    }
    DomUtil.setPosition(canvas, corner);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    let fastest = 0;
    let count = 0;
    for (const marker of fleet.markers.values()) {
      if (!accepts(marker)) continue;
      placeAt(marker.motion, now, spot);
      const x = nearestCopy(spot.x, middle) * world - origin.x;
      const y = spot.y * world - origin.y;
      if (x < -20 || y < -20 || x > width + 20 || y > height + 20) continue;
      fastest = Math.max(fastest, speedOf(marker.motion, now));
      const fresh = freshnessOf(time - marker.at);
      const picture = spriteOf(marker, fresh, radius);
      const side = picture.width / ratio;
      context.globalAlpha = ALPHA[fresh];
      const onPixel = (value: number) => Math.round((value - side / 2) * ratio) / ratio;
      context.drawImage(picture, onPixel(x), onPixel(y), side, side);
      pool[count] ??= { marker, x, y };
      const one = pool[count]!;
      one.marker = marker;
      one.x = x;
      one.y = y;
      shown[count] = one;
      count += 1;
    }
    context.globalAlpha = 1;
    shown.length = count;
    drawSelected(radius);
    if (shown.length <= (zoom >= LABEL_ZOOM ? MOST_NAMED : 15)) drawLabels(time, radius);
    // Markers stand on full pixels of the screen, where copying them costs a fraction: a move of less is not seen.
    if (fastest > 0) requestIn(1 / (ratio * fastest * world));
  };

  const drawSelected = (radius: number) => {
    const one = shown.find(({ marker }) => marker.id === selected);
    if (!one) return;
    context.beginPath();
    context.arc(one.x, one.y, radius + RING_PX, 0, Math.PI * 2);
    context.lineWidth = 3;
    context.strokeStyle = dark ? '#6cc3d6' : '#0b6e83';
    context.stroke();
  };

  /** A name as a picture, since outlined text is the slowest thing a canvas draws. */
  const labelOf = (words: string): Picture => {
    const known = labels.get(words);
    if (known) return known;
    // Ages make new words every second: the old ones are let go.
    if (labels.size > MOST_PICTURES) labels.clear();
    const picture = drawLabel(words, pixelRatio(), dark);
    labels.set(words, picture);
    return picture;
  };

  const drawLabels = (time: number, radius: number) => {
    const ratio = pixelRatio();
    const taken: Box[] = [];
    // Their own disc lies above a name, so it is not in its way.
    const discs: Box[] = shown.map(({ x, y }) => ({ x, y: y - 7, w: radius * 2 }));
    const seen = map.getSize().x;
    const edge = (width - seen) / 2;
    const first = shown.findIndex(({ marker }) => marker.id === selected);
    const order = first > 0 ? [shown[first]!, ...shown.slice(0, first), ...shown.slice(first + 1)] : shown;
    for (const { marker, x, y } of order) {
      const age = time - marker.at;
      const words = freshnessOf(age) === 'fresh' ? marker.vendor.name : `${marker.vendor.name} · ${ageText(age)}`;
      const picture = labelOf(words);
      const w = picture.width / ratio;
      const at = y + radius + (marker.id === selected ? RING_PX + 3 : 2);
      // Beside its marker rather than cut off by the edge of a phone.
      const isSeen = x >= edge && x <= edge + seen;
      const middle = isSeen ? Math.max(edge + w / 2, Math.min(edge + seen - w / 2, x)) : x;
      const covers = (other: Box) => Math.abs(other.x - middle) < (other.w + w) / 2 && Math.abs(other.y - at) < 16;
      if (taken.some(covers) || (marker.id !== selected && discs.some(covers))) continue;
      taken.push({ x: middle, y: at, w });
      context.drawImage(picture, Math.round(middle - w / 2), Math.round(at), w, picture.height / ratio);
    }
  };

  function request() {
    clearTimeout(timer);
    timer = undefined;
    frame ??= requestAnimationFrame(draw);
  }

  function requestIn(ms: number) {
    if (frame !== undefined) return;
    if (ms <= FRAME_MS) return request();
    const at = performance.now() + ms;
    if (timer !== undefined && timerAt <= at) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(request, ms);
  }

  /** Where the canvas was drawn it still is right: a drag moves it with the map. */
  const requestBeyondEdge = () => {
    const inside = map.containerPointToLayerPoint([0, 0]).subtract(corner);
    const size = map.getSize();
    if (inside.x < 0 || inside.y < 0 || inside.x > width - size.x || inside.y > height - size.y) request();
  };

  const stopMoves = fleet.onMoves(() => requestIn(NEWS_MS));
  const ages = setInterval(request, 1000);
  map.on('move', requestBeyondEdge);
  map.on('moveend zoomend viewreset', request);
  map.on('resize', fit);
  fit();

  return {
    setFilter: (filter) => {
      accepts = filter;
      request();
    },
    setSelected: (id) => {
      selected = id;
      request();
    },
    setDark: (isDark) => {
      dark = isDark;
      labels.clear();
      request();
    },
    at: (containerX, containerY) => {
      const { x, y } = map.containerPointToLayerPoint([containerX, containerY]).subtract(corner);
      let best: Marker | undefined;
      let reach = REACH_PX;
      for (const one of shown) {
        const distance = Math.hypot(one.x - x, one.y - y);
        if (distance >= reach) continue;
        reach = distance;
        best = one.marker;
      }
      return best;
    },
    destroy: () => {
      stopMoves();
      clearInterval(ages);
      clearTimeout(timer);
      if (frame !== undefined) cancelAnimationFrame(frame);
      map.off('move', requestBeyondEdge);
      map.off('moveend zoomend viewreset', request);
      map.off('resize', fit);
      canvas.remove();
    },
  };
};

const FONT = '600 12px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

type Picture = ImageBitmap;
type Pictures = Partial<Record<Freshness, Picture>>;
type Pen = OffscreenCanvasRenderingContext2D;

/** A still picture: a canvas as the source is copied anew each of the thousands of times that a frame draws it. */
const pictureOf = (width: number, height: number, paint: (context: Pen) => void): Picture => {
  const canvas = new OffscreenCanvas(Math.ceil(width), Math.ceil(height));
  paint(canvas.getContext('2d')!);
  return canvas.transferToImageBitmap();
};

const ruler = new OffscreenCanvas(1, 1).getContext('2d')!;

const drawLabel = (words: string, ratio: number, dark: boolean): Picture => {
  ruler.font = FONT;
  const width = Math.ceil(ruler.measureText(words).width) + 8;
  return pictureOf(width * ratio, 20 * ratio, (context) => {
    context.scale(ratio, ratio);
    context.font = FONT;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.lineJoin = 'round';
    context.lineWidth = 3.5;
    context.strokeStyle = dark ? 'rgb(15 19 24 / 85%)' : 'rgb(255 255 255 / 90%)';
    context.fillStyle = dark ? '#e6eaef' : '#1d2733';
    context.strokeText(words, width / 2, 3);
    context.fillText(words, width / 2, 3);
  });
};

type Look = {
  ratio: number;
  side: number;
  radius: number;
  colour: string;
  isOpen: boolean;
  fresh: Freshness;
  dark: boolean;
};

/** Open: a full disc. Closed: a ring with a bar. Old: dashed and without colour. Told apart without seeing colours. */
const drawMarker = (context: Pen, { ratio, side, radius, colour, isOpen, fresh, dark }: Look): void => {
  context.scale(ratio, ratio);
  context.translate(side / 2, side / 2);
  const ink = fresh === 'old' ? (dark ? '#98a2b0' : '#5c6470') : colour;
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.fillStyle = isOpen && fresh !== 'old' ? ink : dark ? '#252c35' : '#fff';
  context.fill();
  context.lineWidth = 2;
  if (fresh === 'old') context.setLineDash([2.5, 2.5]);
  context.strokeStyle = isOpen && fresh !== 'old' ? (dark ? '#0f1318' : '#fff') : ink;
  context.stroke();
  context.setLineDash([]);
  if (isOpen && fresh === 'old') {
    context.beginPath();
    context.arc(0, 0, radius * 0.45, 0, Math.PI * 2);
    context.fillStyle = ink;
    context.fill();
  }
  if (isOpen) return;
  context.beginPath();
  context.moveTo(-radius * 0.5, 0);
  context.lineTo(radius * 0.5, 0);
  context.stroke();
};
