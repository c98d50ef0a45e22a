import { useEffect, useState } from 'react';
import { startDelivering } from './deliver.ts';
import { onQueueChange, type Queued, readQueue } from './queue.ts';

/** The rider's queue, delivered for as long as the page is open. */
export const useQueue = (userId: string): { items: readonly Queued[]; sending: boolean } => {
  const [items, setItems] = useState<readonly Queued[]>([]);
  const [sending, setSending] = useState(false);
  useEffect(() => {
    let stopped = false;
    const read = () =>
      void readQueue(userId).then((queue) => {
        if (!stopped) setItems(queue);
      });
    read();
    const stopReading = onQueueChange(read);
    const stopDelivering = startDelivering(userId, setSending);
    return () => {
      stopped = true;
      stopReading();
      stopDelivering();
    };
  }, [userId]);
  return { items, sending };
};
