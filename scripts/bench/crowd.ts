import { performance } from 'node:perf_hooks';
import { LightClient, type LightClientListener } from './lightClient.ts';
import { within } from './within.ts';

const CLIENTS_PER_ADDRESS = 5000;

export interface CrowdOptions {
  port: number;
  /** One for each client: each viewer is a person of their own. */
  tokens: readonly string[];
  shipmentsOf: (client: number) => readonly string[];
  /** What every viewer says it has already. */
  since?: number;
  /** Connections being opened at one time. */
  window?: number;
  timeoutMs?: number;
  /** Hears of every numbered event instead of the check that each viewer gets 1, 2, 3 … */
  onEvent?: (sequence: number) => void;
}

/** A crowd of light viewers that are all connected and joined. */
export interface Crowd {
  readonly size: number;
  /** Events received by all clients together since the crowd was opened. */
  deliveries(): number;
  /** Size of the last event as it travelled, in bytes. */
  eventBytes(): number;
  /** Resolves with the time (`performance.now()`) at which the total of deliveries reached `total`. */
  delivered(total: number, timeoutMs?: number): Promise<number>;
  close(): void;
}

/**
 * Opens all connections, `window` at a time, and resolves once each has joined its shipments.
 * Rejects when one is refused or lost, or when it takes longer than `timeoutMs`.
 */
export function openCrowd(options: CrowdOptions): Promise<{ crowd: Crowd; elapsedMs: number }> {
  const { port, tokens, shipmentsOf, since, window = 64, timeoutMs = 120_000, onEvent } = options;
  const size = tokens.length;
  const clients: LightClient[] = [];
  let ready = 0;
  let deliveries = 0;
  let eventBytes = 0;
  let failure: Error | null = null;
  let waiting: { total: number; resolve: (at: number) => void; reject: (error: Error) => void } | null = null;
  let opened: (() => void) | null = null;
  let refused: (error: Error) => void = () => {};

  const fail = (reason: string) => {
    failure ??= new Error(reason);
    refused(failure);
    waiting?.reject(failure);
  };
  const listener: LightClientListener = {
    onReady() {
      ready++;
      if (ready === size) opened?.();
      else openNext();
    },
    onDelivery(client, sequence, bytes) {
      if (onEvent) onEvent(sequence);
      else if (sequence > 0) {
        if (sequence !== client.lastSequence + 1)
          fail(`a viewer got event ${sequence} after event ${client.lastSequence}`);
        client.lastSequence = sequence;
      }
      eventBytes = bytes;
      deliveries++;
      if (waiting && deliveries >= waiting.total) waiting.resolve(performance.now());
    },
    onLost: (reason) => fail(`a viewer was lost: ${reason}`),
  };
  const openNext = () => {
    const index = clients.length;
    const token = tokens[index];
    if (token === undefined || failure) return;
    const localAddress = `127.0.0.${2 + Math.floor(index / CLIENTS_PER_ADDRESS)}`;
    clients.push(new LightClient({ port, token, shipmentIds: shipmentsOf(index), since, localAddress }, listener));
  };

  const crowd: Crowd = {
    size,
    deliveries: () => deliveries,
    eventBytes: () => eventBytes,
    delivered: (total, limit = 30_000) => {
      if (failure) return Promise.reject(failure);
      if (deliveries >= total) return Promise.resolve(performance.now());
      const arrival = new Promise<number>((resolve, reject) => {
        waiting = { total, resolve, reject };
      });
      return within(limit, arrival, () => `${total - deliveries} of ${total} deliveries did not arrive`).finally(() => {
        waiting = null;
      });
    },
    close: () => {
      for (const client of clients) client.close();
    },
  };

  const startedAt = performance.now();
  const allOpen = new Promise<void>((resolve, reject) => {
    opened = resolve;
    refused = reject;
    for (let index = 0; index < Math.min(window, size); index++) openNext();
  });
  return within(timeoutMs, allOpen, () => `only ${ready} of ${size} viewers had joined`).then(
    () => ({ crowd, elapsedMs: performance.now() - startedAt }),
    (error) => {
      crowd.close();
      throw error;
    },
  );
}
