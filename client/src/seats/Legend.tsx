import classes from './Legend.module.css';
import { LOOKS, type Look } from './seatStatus.ts';

/** What the colours and signs of the map mean. */
export const Legend = ({ looks }: { looks: Look[] }) => (
  <ul className={classes.legend} aria-label="Seats in the map">
    {looks.map((look) => {
      const { label, icon: Icon } = LOOKS[look];
      return (
        <li key={look} className={classes.entry}>
          <span className={classes.swatch} data-look={look}>
            {Icon && <Icon size={10} strokeWidth={2.8} aria-hidden />}
          </span>
          {label}
        </li>
      );
    })}
  </ul>
);
