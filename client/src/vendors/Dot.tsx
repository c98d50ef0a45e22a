import { colourOf } from './category.ts';
import classes from './Dot.module.css';

/** A category's colour as the map has it; a ring for one that is closed. Decoration: the words stand beside it. */
export const Dot = ({ category, isOpen = true }: { category: string | null; isOpen?: boolean }) => {
  const { light, dark } = colourOf(category);
  const colour = `light-dark(${light}, ${dark})`;
  return <span className={classes.dot} style={{ borderColor: colour, background: isOpen ? colour : 'none' }} />;
};
