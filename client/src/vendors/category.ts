/**
 * A colour for each category: from its name, so that it is the same on every screen and every day. Where a category met
 * earlier on this page has that colour, it is the next that none has; only more categories than colours share.
 */

export type Colour = { light: string; dark: string };

/** Told apart from each other, and from land and sea, in both schemes. */
const COLOURS: Colour[] = [
  { light: '#0b6e83', dark: '#43b1c9' },
  { light: '#b4470f', dark: '#f08a4f' },
  { light: '#7a3fb0', dark: '#b795ec' },
  { light: '#2c7a3d', dark: '#6cc47c' },
  { light: '#b02a5b', dark: '#f0799f' },
  { light: '#2f5fc4', dark: '#82a8f5' },
  { light: '#8a6100', dark: '#e0b84a' },
];
const NONE: Colour = { light: '#5c6470', dark: '#98a2b0' };

export const categoryKey = (category: string | null): string => category?.trim().toLowerCase() ?? '';

/** As people read it: "street food" and "Street food" are one. */
export const categoryName = (category: string | null): string => {
  const trimmed = category?.trim() ?? '';
  return trimmed ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : 'Other';
};

const given = new Map<string, Colour>();

const choose = (key: string): Colour => {
  let hash = 0;
  for (const letter of key) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
  const taken = new Set(given.values());
  const inTurn = COLOURS.map((_, step) => COLOURS[(hash + step) % COLOURS.length]!);
  return inTurn.find((colour) => !taken.has(colour)) ?? inTurn[0]!;
};

export const colourOf = (category: string | null): Colour => {
  const key = categoryKey(category);
  if (!key) return NONE;
  const colour = given.get(key) ?? choose(key);
  given.set(key, colour);
  return colour;
};
