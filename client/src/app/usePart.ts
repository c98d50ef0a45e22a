import { type ComponentType, useState } from 'react';
import { notifyTrouble } from './notify.tsx';
import { unreachable } from './problem.ts';

/** Well after the first screen, whose way over a thin line it must not narrow. */
const AHEAD_MS = 10_000;

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** Fetches a part of the frame a while after the start, so that it is there when the network is not. */
export const ahead = <Props>(load: Load<Props>): Load<Props> => {
  setTimeout(() => void load().catch(() => {}), AHEAD_MS);
  return load;
};

/**
 * A component that is fetched when it is asked for. What cannot be fetched is said, and asking again tries again:
 * React.lazy would remember the failure and throw it at the whole page.
 */
export const usePart = <Props>(load: Load<Props>): [ComponentType<Props> | undefined, ask: () => void] => {
  const [Part, setPart] = useState<ComponentType<Props>>();
  const ask = () => {
    load().then(
      ({ default: part }) => setPart(() => part),
      () => notifyTrouble(unreachable()),
    );
  };
  return [Part, ask];
};
