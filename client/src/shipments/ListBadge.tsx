import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { useCatchingUp } from './feed.ts';

/** The list is fresh when the connection is and what was missed has been read. */
export const ListBadge = () => <ContinuityBadge of={useFreshness(useCatchingUp())} label="This list" />;
