import { Avatar, Tooltip } from '@mantine/core';
import { initials } from './people.ts';

/** Dark enough for white letters (AA), far enough apart to tell neighbours. */
const COLOURS = ['#0b6e83', '#6b3fa0', '#9a3412', '#1d4f91', '#2f6b3a', '#8c2f63', '#5b5420', '#44505e'];

const colourOf = (name: string) => {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return COLOURS[sum % COLOURS.length]!;
};

/** A person as two letters; the tooltip has the whole name and what else there is to say. */
export const PersonAvatar = ({ name, hint, size = 28 }: { name: string; hint?: string; size?: number }) => (
  <Tooltip label={hint ?? name} withArrow multiline>
    <Avatar size={size} color={colourOf(name)} variant="filled" aria-label={hint ?? name} role="img" tabIndex={0}>
      {initials(name)}
    </Avatar>
  </Tooltip>
);
