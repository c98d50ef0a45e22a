/**
 * Curves of growth as SVG, for a README: they bring no font and no script, and carry their own background, light or
 * dark as the reader's system is. What grows by decades stands on a logarithmic axis, so that what grows in proportion
 * is a straight line.
 */

export interface CurvePoint {
  x: number;
  y: number;
  /** The smallest and the largest of the rounds, drawn as a bar behind the point. */
  min?: number;
  max?: number;
}

export interface Curve {
  title: string;
  xTitle: string;
  yTitle: string;
  better: 'lower' | 'higher';
  /** `place` gives a line its colour and its mark, the same on every curve. */
  lines: { title: string; place: number; points: CurvePoint[] }[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 72;
const RIGHT = WIDTH - 72;
const TOP = 92;
const BOTTOM = HEIGHT - 56;
const LINE_HEIGHT = 14;
/** About as wide as a letter of the legend is. */
const LETTER = 6.6;

/** Told apart by people who see colours differently, and by their marks, on light and on dark pages. */
const LIGHT = ['#6e7781', '#b35900', '#a0468a', '#0969da'];
const DARK = ['#9ea7b3', '#f0a04b', '#e08fc4', '#58a6ff'];
const colours = (list: string[]) => list.map((colour, place) => `.c${place}{--c:${colour}}`).join('');
const STYLE = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#57606a}',
  'text.title{font-size:15px;font-weight:600;fill:#1f2328}',
  '.page{fill:#fff}.grid{stroke:#d8dee4}.axis{stroke:#8c959f}',
  `.line{fill:none;stroke:var(--c);stroke-width:2}.range{stroke:var(--c);stroke-width:5;opacity:.3}.mark,text.end{fill:var(--c)}${colours(LIGHT)}`,
  `@media (prefers-color-scheme:dark){text{fill:#9198a1}text.title{fill:#f0f6fc}.page{fill:#0d1117}.grid{stroke:#2a313c}.axis{stroke:#6e7681}${colours(DARK)}}`,
].join('');

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const label = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const at = (value: number) => value.toFixed(1);

interface Scale {
  place: (value: number) => number;
  ticks: number[];
}

/** 1, 2 and 5 of each power of ten between the two. */
function steps(low: number, high: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    all.push(...[1, 2, 5].map((digit) => digit * 10 ** power));
  return all.filter((step) => step >= low * 0.999 && step <= high * 1.001);
}

function logarithmic(low: number, high: number, ticks: number[], from: number, to: number): Scale {
  const span = Math.log10(high / low) || 1;
  return { place: (value) => from + (Math.log10(value / low) / span) * (to - from), ticks };
}

/** Sizes within one power of ten are as far from each other as they are, unless heights are by powers of ten. */
function widths(sizes: number[], isLogarithmic: boolean): Scale {
  const [least, most] = [sizes[0]!, sizes.at(-1)!];
  const [from, to] = [LEFT + 16, RIGHT - 16];
  if (isLogarithmic || most / least > 10) return logarithmic(least, most, sizes, from, to);
  return { place: (value) => LEFT + (value / most) * (to - LEFT), ticks: sizes };
}

/** From nothing where the values lie close to each other, so that heights compare; by powers of ten where they do not. */
function heights(values: number[]): Scale & { isLogarithmic: boolean } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (most / least < 10) {
    const step = steps(most / 8, most).find((one) => most / one <= 6) ?? most;
    const count = Math.ceil(most / step);
    const ticks = Array.from({ length: count + 1 }, (_, n) => n * step);
    return {
      place: (value) => BOTTOM - (value / (count * step)) * (BOTTOM - TOP),
      ticks,
      isLogarithmic: false,
    };
  }
  const all = steps(least / 5, most * 5);
  const low = all.findLast((step) => step <= least)!;
  const high = all.find((step) => step >= most)!;
  const powers = steps(low, high).filter((step) => Number.isInteger(Math.round(Math.log10(step) * 1e6) / 1e6));
  const ticks = powers.length > 2 ? powers : steps(low, high);
  return { ...logarithmic(low, high, ticks, BOTTOM, TOP), isLogarithmic: true };
}

/** Heights of the words at the lines' ends, moved apart where the lines end close to each other. */
function spread(ends: number[]): number[] {
  const places: number[] = [];
  const order = ends.map((_, index) => index).sort((a, b) => ends[a]! - ends[b]!);
  let above = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    above = Math.max(ends[index]!, above + LINE_HEIGHT);
    places[index] = above;
  }
  let below = Math.max(BOTTOM, TOP + LINE_HEIGHT * ends.length);
  for (const index of order.reverse()) {
    places[index] = Math.min(places[index]!, below);
    below = places[index]! - LINE_HEIGHT;
  }
  return places;
}

const MARKS: ((x: number, y: number) => string)[] = [
  (x, y) => `M${at(x - 4)} ${at(y - 4)}h8v8h-8z`,
  (x, y) => `M${at(x)} ${at(y - 5)}l5 9h-10z`,
  (x, y) => `M${at(x)} ${at(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`,
  (x, y) => `M${at(x - 4.5)} ${at(y)}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z`,
];
const mark = (place: number, x: number, y: number) => MARKS[place % MARKS.length]!(x, y);

/** Answers an SVG document. Values must be above zero; those that are not are left out. */
export function drawCurve({ title, xTitle, yTitle, better, lines }: Curve): string {
  const drawn = lines
    .map((line) => ({ ...line, points: line.points.filter(({ x, y }) => x > 0 && y > 0).sort((a, b) => a.x - b.x) }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) throw new Error(`${title}: there is nothing to draw`);
  const all = drawn.flatMap(({ points }) => points);
  const sizes = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  const y = heights(all.flatMap((point) => [point.y, point.min || point.y, point.max ?? point.y]));
  const x = widths(sizes, y.isLogarithmic);
  const ends = spread(drawn.map(({ points }) => y.place(points.at(-1)!.y)));
  const unit = [yTitle, ...(y.isLogarithmic ? ['logarithmic'] : []), `${better} is better`].filter(Boolean).join(', ');
  let legendAt = LEFT;
  const legend = drawn.map(({ title: name, place }) => {
    const from = legendAt;
    legendAt += 34 + name.length * LETTER + 16;
    return `<g class="c${place}"><path class="line" d="M${from} 46h26"/><path class="mark" d="${mark(place, from + 13, 46)}"/><text x="${from + 34}" y="50">${escaped(name)}</text></g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="title" x="${LEFT}" y="26">${escaped(title)}</text>`,
    ...legend,
    `<text x="${LEFT}" y="76">${escaped(unit)}</text>`,
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="M${LEFT} ${at(y.place(tick))}H${RIGHT}"/><text x="${LEFT - 8}" y="${at(y.place(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
    ),
    ...x.ticks.map(
      (tick) =>
        `<path class="axis" d="M${at(x.place(tick))} ${BOTTOM}v5"/><text x="${at(x.place(tick))}" y="${BOTTOM + 20}" text-anchor="middle">${label(tick)}</text>`,
    ),
    `<path class="axis" d="M${LEFT} ${BOTTOM}H${RIGHT}"/>`,
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(xTitle)}</text>`,
    ...drawn.flatMap(({ title: name, points, place }, index) => [
      `<g class="c${place}">`,
      ...points.flatMap(({ x: size, min, max }) =>
        min && max && max > min
          ? [`<path class="range" d="M${at(x.place(size))} ${at(y.place(min))}V${at(y.place(max))}"/>`]
          : [],
      ),
      `<polyline class="line" points="${points.map((point) => `${at(x.place(point.x))},${at(y.place(point.y))}`).join(' ')}"/>`,
      ...points.map(
        (point) =>
          `<path class="mark" d="${mark(place, x.place(point.x), y.place(point.y))}"><title>${escaped(`${name}: ${label(point.y)} ${yTitle} at ${label(point.x)} ${xTitle}`)}</title></path>`,
      ),
      // A line that ends before the others has no value there.
      ...(points.at(-1)!.x === sizes.at(-1)
        ? [`<text class="end" x="${RIGHT - 2}" y="${at(ends[index]! + 4)}">${label(points.at(-1)!.y)}</text>`]
        : []),
      '</g>',
    ]),
    '</svg>',
    '',
  ].join('\n');
}
