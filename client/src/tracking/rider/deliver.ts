import { request, upload } from '../../app/api.ts';
import { ApiError, sentence } from '../../app/problem.ts';
import { parcelPath } from '../calls.ts';
import { nextPortion, type Portion } from './portion.ts';
import { dequeue, deviceId, onQueueChange, readQueue, refuse } from './queue.ts';

/** Empties the queue whenever there is a network: one portion after another, each until the server has said that it has it. */

const FIRST_WAIT_MS = 2_000;
const MAX_WAIT_MS = 30_000;
/** Positions that come faster than this go together. */
const PACE_MS = 1_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const LOCK = 'waybeat-rider-outbox';
/** Worth the same request again; whatever else the server says it will say again. */
const PASSING = ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL', 'UNAUTHENTICATED'];

const send = async (portion: Portion): Promise<void> => {
  const path = parcelPath(portion.awb);
  if (portion.kind === 'positions') {
    const body = { deviceId: await deviceId(), locations: portion.items.map(({ fix }) => fix) };
    await request(`${path}/locations`, { method: 'POST', body });
    return;
  }
  if (portion.kind === 'status') {
    const [{ status, description, recordedAt, key }] = portion.items;
    const body = { status, recordedAt, ...(description && { description }) };
    await request(`${path}/status`, { method: 'POST', body, idempotencyKey: key });
    return;
  }
  const [{ photo, type, takenAt, key }] = portion.items;
  const form = new FormData();
  form.set('takenAt', takenAt);
  form.set('file', new Blob([photo], { type }), 'proof-of-delivery.jpg');
  await upload({ path: `${path}/proofs`, body: form, idempotencyKey: key, onProgress: () => {} });
};

/** One tab of a browser sends at a time; without locks (no https) what two send twice still counts once. */
const alone = async (work: () => Promise<void>): Promise<void> => {
  if (!navigator.locks) return work();
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
  });
};

export const startDelivering = (userId: string, onSending: (sending: boolean) => void) => {
  let stopped = false;
  let running = false;
  let again = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  let sentAt = 0;
  const drain = async () => {
    while (!stopped) {
      let portion = nextPortion(await readQueue(userId));
      const early = sentAt + PACE_MS - Date.now();
      if (portion?.kind === 'positions' && early > 0) {
        await pause(early);
        portion = nextPortion(await readQueue(userId));
      }
      if (!portion) return;
      if (portion.kind === 'positions') sentAt = Date.now();
      onSending(true);
      try {
        await send(portion);
        failures = 0;
        await dequeue(portion.items.map(({ id }) => id));
      } catch (error) {
        const code = error instanceof ApiError ? error.code : 'INTERNAL';
        if (PASSING.includes(code)) throw error;
        const { title } = sentence(error);
        await refuse(portion.items, title);
      }
    }
  };

  const run = async () => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = true;
    again = false;
    try {
      await alone(drain);
    } catch (error) {
      const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
      timer = setTimeout(() => void run(), asked ?? Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++));
    } finally {
      running = false;
      onSending(false);
    }
    if (again && failures === 0) void run();
  };

  /** While the last attempt failed, new things wait for its retry instead of knocking each time. */
  const onChange = () => {
    if (failures === 0) void run();
  };
  const onOnline = () => {
    failures = 0;
    void run();
  };
  const stopListening = onQueueChange(onChange);
  window.addEventListener('online', onOnline);
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stopListening();
    window.removeEventListener('online', onOnline);
  };
};
