import cluster from 'node:cluster';

/** Talking to the other workers of this machine, through the process that started them all. */

const TYPE = 'waybeat:sibling';
type Message = { type?: string; payload?: unknown };

/** Whether this process is one of several that share a port. */
export const hasSiblings = (): boolean => cluster.isWorker;

/** Tells every other worker of this machine. Rejects with what cannot be told, which is lost. */
export const tellSiblings = (payload: object): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!process.connected || !process.send) return reject(new Error('the process that starts the workers is gone'));
    process.send({ type: TYPE, payload }, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });

/** Calls `listener` with what other workers tell; the returned function ends that. */
export const onSibling = (listener: (payload: unknown) => void): (() => void) => {
  const take = (message: Message) => {
    if (message?.type === TYPE) listener(message.payload);
  };
  process.on('message', take);
  return () => process.off('message', take);
};

/** For the process that started them: passes on what each of them tells. */
export const relayAmongSiblings = (): void => {
  cluster.on('message', (from, message: Message) => {
    if (message?.type !== TYPE) return;
    for (const worker of Object.values(cluster.workers ?? {}))
      if (worker && worker !== from && worker.isConnected()) worker.send(message, () => {});
  });
};
