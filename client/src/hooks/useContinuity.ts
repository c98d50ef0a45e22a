import { useMemo, useSyncExternalStore } from 'react';
import { sharedPolling } from '../utils/sharedPolling.ts';
import { socketClient } from '../utils/socketClient.ts';
import type { Continuity } from '../utils/types.ts';

const BEFORE: Continuity = { status: 'offline', staleSince: null };

/** How the connection stands. `polling`: HTTP works while the socket does not. */
export const useContinuity = (): Continuity & { polling: boolean } => {
  const continuity = useSyncExternalStore(socketClient.subscribe, socketClient.continuity, () => BEFORE);
  const polling = useSyncExternalStore(sharedPolling.subscribe, sharedPolling.active, () => false);
  return useMemo(() => ({ ...continuity, polling }), [continuity, polling]);
};
export default useContinuity;
