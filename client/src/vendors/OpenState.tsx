import { DoorClosed, DoorOpen } from 'lucide-react';
import classes from './OpenState.module.css';

/** Said by a word, an icon and a colour: no one of them alone. */
export const OpenState = ({ isOpen }: { isOpen: boolean }) => (
  <span className={classes.state} data-open={isOpen}>
    {isOpen ? <DoorOpen size={13} aria-hidden /> : <DoorClosed size={13} aria-hidden />}
    {isOpen ? 'Open' : 'Closed'}
  </span>
);
