import { config } from '../../platform/config.ts';
import { log } from '../../platform/log.ts';
import { mirrorDropped } from '../../platform/metrics.ts';
import { type Mirrored, onEphemeralEvent } from '../../tracking/trackingEvents.ts';
import { eventFor } from '../../tracking/views.ts';
import { type Committed, toDurable } from '../../websocket/committed.ts';
import { type RunningMirror, startMirror } from '../../websocket/outbox.ts';
import { isPusherOn, MAX_DATA_BYTES, PusherError, trigger } from './client.ts';

/**
 * Parcels on Pusher channels `tracking-{awb}`. Anybody who knows the key and an AWB may listen there, so what goes there is
 * what a guest may see.
 */

const STREAM = 'tracking:';
const MIRROR = `pusher:${config.PUSHER_APP_ID}`;
const countDropped = (reason: 'too large' | 'refused' | 'position', count = 1) =>
  mirrorDropped.inc({ mirror: MIRROR, reason }, count);

const channelOf = (awb: string) => `tracking-${awb}`;
const AT_ONCE = 10;

/** Refused for what it is, not for when it came: repeating it would stop all that come after it. */
const isRefusedForEver = (error: unknown) =>
  error instanceof PusherError && (error.status === 400 || error.status === 413);

const send = async (event: Committed): Promise<void> => {
  const data = eventFor(toDurable(event), 'public');
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES) {
    countDropped('too large');
    log.warn({ stream: event.stream, type: event.type }, 'an event is too large for Pusher and was left out');
    return;
  }
  try {
    await trigger(channelOf(event.stream!.slice(STREAM.length)), event.type, data);
  } catch (error) {
    if (!isRefusedForEver(error)) throw error;
    countDropped('refused');
    log.error({ err: error, stream: event.stream, version: event.version }, 'Pusher refused an event');
  }
};

const groups = (events: Committed[]) => {
  const byStream = new Map<string | null, Committed[]>();
  for (const event of events) {
    const queue = byStream.get(event.stream);
    if (queue) queue.push(event);
    else byStream.set(event.stream, [event]);
  }
  return byStream;
};

/** Each parcel's events one after the other, several parcels at once. */
const deliver = async (events: Committed[], requireLease: () => void): Promise<void> => {
  const queues = [...groups(events).values()];
  let next = 0;
  const work = async () => {
    for (let queue = queues[next++]; queue; queue = queues[next++])
      for (const event of queue) {
        requireLease();
        await send(event);
      }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, queues.length) }, work));
};

/** At most this often a parcel's newest position goes out, in ms: Pusher counts messages. */
const POSITION_MS = 1_000;

/** Positions and computed ETAs: the newest of each, and lost where Pusher does not take it. */
const startPositions = () => {
  const waiting = new Map<string, Mirrored>();
  const stopListening = onEphemeralEvent((event) => waiting.set(`${event.awb} ${event.type}`, event));
  let sending = false;
  const timer = setInterval(async () => {
    if (sending || waiting.size === 0) return;
    sending = true;
    const batch = [...waiting.values()];
    waiting.clear();
    const timestamp = new Date().toISOString();
    let next = 0;
    let sent = 0;
    const work = async () => {
      for (let event = batch[next++]; event; event = batch[next++]) {
        await trigger(channelOf(event.awb), event.type, { type: event.type, timestamp, ...event.fields });
        sent += 1;
      }
    };
    await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, batch.length) }, work));
    if (sent < batch.length) {
      countDropped('position', batch.length - sent);
      log.debug({ lost: batch.length - sent }, 'positions did not reach Pusher');
    }
    sending = false;
  }, POSITION_MS);
  return () => {
    stopListening();
    clearInterval(timer);
  };
};

/** Starts the mirror where PUSHER_* is set. */
export const startPusher = (): RunningMirror | { state: () => 'off'; stop: () => Promise<void> } => {
  if (!isPusherOn()) return { state: () => 'off', stop: async () => {} };
  const durable = startMirror({ name: MIRROR, prefix: STREAM, deliver });
  const stopPositions = startPositions();
  return {
    state: durable.state,
    stop: async () => {
      stopPositions();
      await durable.stop();
    },
  };
};
