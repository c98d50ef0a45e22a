import { useEffect, useState } from 'react';
import type { z } from 'zod';
import type { AnnouncementNew } from '../../../server/contract/commerce.ts';
import { announce } from '../app/announce.tsx';
import { socketClient } from '../utils/socketClient.ts';

export type Announced = z.infer<typeof AnnouncementNew>;

/** The latest announcement that came while this window was open, until it is put away. */
export const useAnnounced = (): [Announced | undefined, () => void] => {
  const [announced, setAnnounced] = useState<Announced>();
  useEffect(
    () =>
      socketClient.on<Announced>('announcement:new', (event) => {
        setAnnounced(event);
        announce(`Announcement: ${event.subject}. ${event.content}`);
      }),
    [],
  );
  return [announced, () => setAnnounced(undefined)];
};
