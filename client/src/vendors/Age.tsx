import { MapPinOff, Radio } from 'lucide-react';
import classes from './Age.module.css';
import { ageText, freshnessOf } from './age.ts';
import { useSecond } from './clock.ts';

/** How old a position is, counted on while nothing arrives. `at` in milliseconds since 1970; null: never reported. */
export const Age = ({ at }: { at: number | null }) => {
  const now = useSecond();
  if (at === null)
    return (
      <span className={classes.age} data-fresh="old">
        <MapPinOff size={13} aria-hidden />
        never seen
      </span>
    );
  const age = now - at;
  const fresh = freshnessOf(age);
  return (
    <span className={classes.age} data-fresh={fresh} title={new Date(at).toLocaleString()}>
      {fresh === 'old' ? <MapPinOff size={13} aria-hidden /> : <Radio size={13} aria-hidden />}
      {ageText(age)}
    </span>
  );
};
