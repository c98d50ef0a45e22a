import classes from './Occupancy.module.css';

/** How full a departure is, as a bar and in words. */
export const Occupancy = ({ available, total }: { available: number; total: number }) => {
  const share = total > 0 ? (total - available) / total : 0;
  const state = available === 0 ? 'full' : share >= 0.85 ? 'few' : 'free';
  return (
    <span className={classes.occupancy} data-state={state}>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.words}>
        {available === 0 ? 'Full' : <b>{available}</b>}
        {available > 0 && ` of ${total} free`}
      </span>
    </span>
  );
};
