import { notificationsStore } from '@mantine/notifications';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Broken } from './Broken.tsx';
import { ahead } from './usePart.ts';

const Messages = lazy(ahead(() => import('./Messages.tsx')));

/** Where short messages appear. Loaded with the first of them: the first screen has nothing to say. */
export const MessageArea = () => {
  const [needed, setNeeded] = useState(false);
  useEffect(() => notificationsStore.subscribe(() => setNeeded(true)), []);
  if (!needed) return null;
  return (
    <Broken instead={null}>
      <Suspense>
        <Messages />
      </Suspense>
    </Broken>
  );
};
