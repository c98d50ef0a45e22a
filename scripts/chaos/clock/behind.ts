import { shiftClock } from './shift.ts';

shiftClock(-600_000);
