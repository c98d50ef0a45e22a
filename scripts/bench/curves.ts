/** Curves of growth as SVG: both axes logarithmic, so that what grows in proportion is a straight line. */

export interface Curve {
  title: string;
  xTitle: string;
  yTitle: string;
  /** `place` gives a line its colour, the same on every curve. */
  lines: { title: string; place: number; points: { x: number; y: number }[] }[];
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 120;
const TOP = 44;
const BOTTOM = 48;
/** Told apart by people who see colours differently (Okabe and Ito), on light and on dark pages. */
const COLOURS = ['#8a8a8a', '#e69f00', '#cc79a7', '#0072b2'];

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const label = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** Where a value stands between the powers of ten around all of them, and those powers. */
function scaleOf(values: number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    place: (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n)),
  };
}

/** Titles at the right of the lines' ends, moved apart where the lines end close to each other. */
function spread(ends: number[]): number[] {
  const places: number[] = [];
  for (const index of ends.map((_, n) => n).sort((a, b) => ends[a]! - ends[b]!)) {
    const above = Math.max(...places.filter((place) => place !== undefined), Number.NEGATIVE_INFINITY);
    places[index] = Math.max(ends[index]!, above + 14);
  }
  return places;
}

/** Answers an SVG document. Values must be above zero; those that are not are left out. */
export function drawCurve({ title, xTitle, yTitle, lines }: Curve): string {
  const drawn = lines
    .map((line) => ({ ...line, colour: COLOURS[line.place % COLOURS.length]! }))
    .map((line) => ({ ...line, points: line.points.filter(({ x, y }) => x > 0 && y > 0).sort((a, b) => a.x - b.x) }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) throw new Error(`${title}: there is nothing to draw`);
  const all = drawn.flatMap(({ points }) => points);
  const x = scaleOf(
    all.map((point) => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf(
    all.map((point) => point.y),
    HEIGHT - BOTTOM,
    TOP,
  );
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const at = (value: number) => value.toFixed(1);
  const titles = spread(drawn.map(({ points }) => y.place(points.at(-1)!.y)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="14" font-weight="600" fill="#222222">${escaped(title)}</text>`,
    ...y.ticks.map(
      (tick) =>
        `<path d="M${LEFT} ${at(y.place(tick))}H${right}" stroke="#e4e4e4"/><text x="${LEFT - 8}" y="${at(y.place(tick) + 4)}" text-anchor="end" fill="#555555">${label(tick)}</text>`,
    ),
    ...x.ticks.map(
      (tick) =>
        `<path d="M${at(x.place(tick))} ${TOP}V${bottom}" stroke="#e4e4e4"/><text x="${at(x.place(tick))}" y="${bottom + 18}" text-anchor="middle" fill="#555555">${label(tick)}</text>`,
    ),
    `<text x="${(LEFT + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle" fill="#555555">${escaped(xTitle)}</text>`,
    `<text x="${LEFT}" y="38" fill="#555555">${escaped(yTitle)}</text>`,
    ...drawn.flatMap(({ title: name, points, colour }, index) => [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((point) => `${at(x.place(point.x))},${at(y.place(point.y))}`).join(' ')}"/>`,
      ...points.map(
        (point) =>
          `<circle cx="${at(x.place(point.x))}" cy="${at(y.place(point.y))}" r="3" fill="${colour}"><title>${escaped(`${name}: ${label(point.y)} ${yTitle} at ${label(point.x)} ${xTitle}`)}</title></circle>`,
      ),
      `<text x="${right + 8}" y="${at(titles[index]! + 4)}" fill="${colour}">${escaped(name)}</text>`,
    ]),
    '</svg>',
    '',
  ].join('\n');
}
