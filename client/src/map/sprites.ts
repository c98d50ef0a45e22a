import type { Palette } from './palette.ts';
import type { MapMarker } from './types.ts';

/**
 * Each look of a marker is drawn once and then copied: two thousand copies a frame are cheap, as many paths are not. The
 * pictures are bitmaps, since a canvas as the source would itself be copied each time.
 */

const SIZE = 28;
const HALF = SIZE / 2;

const dot = (context: OffscreenCanvasRenderingContext2D, colour: string, ring: string, heading: boolean) => {
  if (heading) {
    context.beginPath();
    context.moveTo(0, -13);
    context.lineTo(5, -6);
    context.lineTo(-5, -6);
    context.closePath();
    context.fillStyle = colour;
    context.fill();
  }
  context.beginPath();
  context.arc(0, 0, 6.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = ring;
  context.stroke();
};

const home = (context: OffscreenCanvasRenderingContext2D, colour: string, ring: string) => {
  context.beginPath();
  context.moveTo(0, -11);
  context.lineTo(11, -1);
  context.lineTo(8, -1);
  context.lineTo(8, 9);
  context.lineTo(-8, 9);
  context.lineTo(-8, -1);
  context.lineTo(-11, -1);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.strokeStyle = ring;
  context.stroke();
  context.fillStyle = ring;
  context.fillRect(-2.5, 2, 5, 7);
};

const start = (context: OffscreenCanvasRenderingContext2D, colour: string, ring: string) => {
  context.beginPath();
  context.rect(-6, -6, 12, 12);
  context.fillStyle = ring;
  context.fill();
  context.lineWidth = 3;
  context.strokeStyle = colour;
  context.stroke();
};

export const createSprites = (palette: Palette, ratio: number) => {
  const made = new Map<string, ImageBitmap>();
  return {
    half: HALF,
    size: SIZE,
    of: ({ tone, kind = 'dot', heading }: MapMarker): ImageBitmap => {
      // Sixteen directions are as many as an eye tells apart at this size.
      const turn = kind === 'dot' && heading != null ? Math.round(heading / 22.5) % 16 : -1;
      const key = `${kind} ${tone} ${turn}`;
      const before = made.get(key);
      if (before) return before;
      const canvas = new OffscreenCanvas(Math.ceil(SIZE * ratio), Math.ceil(SIZE * ratio));
      const context = canvas.getContext('2d')!;
      context.scale(ratio, ratio);
      context.translate(HALF, HALF);
      if (turn > 0) context.rotate((turn * Math.PI) / 8);
      const colour = palette.tones[tone];
      if (kind === 'home') home(context, colour, palette.ring);
      else if (kind === 'start') start(context, colour, palette.ring);
      else dot(context, colour, palette.ring, turn >= 0);
      const picture = canvas.transferToImageBitmap();
      made.set(key, picture);
      return picture;
    },
  };
};
