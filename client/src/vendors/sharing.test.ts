import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharing, type Report, toPosition } from './sharing.ts';

const NOON = Date.parse('2026-12-01T12:00:00.000Z');

const coords = (latitude: number, more: Partial<GeolocationCoordinates> = {}) =>
  ({ latitude, longitude: 13.4, accuracy: 8, heading: null, speed: null, ...more }) as GeolocationCoordinates;

/** A device that is told where it is, and a server that answers when it is told to. */
const device = () => {
  let onPlace: PositionCallback = () => {};
  let onTrouble: PositionErrorCallback = () => {};
  let now = 0;
  const sent: Report[] = [];
  const answers: { arrived: () => void; failed: (error: unknown) => void }[] = [];
  let cleared = 0;
  const sharing = createSharing({
    geolocation: {
      watchPosition: (success, failure) => {
        onPlace = success;
        onTrouble = failure!;
        return 7;
      },
      clearWatch: () => {
        cleared += 1;
      },
    },
    send: (report) => {
      sent.push(report);
      return new Promise<void>((arrived, failed) => answers.push({ arrived, failed }));
    },
    isRefusal: (error) => error === 'refused',
    serverTime: () => NOON,
    monotonic: () => now,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    sharing,
    sent,
    cleared: () => cleared,
    wait: (ms: number) => {
      now += ms;
    },
    moves: (latitude: number) =>
      onPlace({ coords: coords(latitude), timestamp: Date.now() + 50 } as GeolocationPosition),
    fails: (code: number) => onTrouble({ code, PERMISSION_DENIED: 1 } as GeolocationPositionError),
    answer: async () => {
      answers.shift()!.arrived();
      await settle();
    },
    refuse: async (error: unknown) => {
      answers.shift()!.failed(error);
      await settle();
    },
  };
};

test('what a device does not know is left out, NaN included', () => {
  assert.deepEqual(toPosition(coords(52.5, { heading: Number.NaN })), { lat: 52.5, long: 13.4, accuracy: 8 });
  assert.deepEqual(toPosition(coords(52.5, { heading: 360, speed: 1.5 })), {
    lat: 52.5,
    long: 13.4,
    heading: 0,
    speed: 1.5,
    accuracy: 8,
  });
});

test('one report at a time, and after a slow answer the newest alone', async (t) => {
  t.after(() => self.sharing.stop());
  const self = device();
  const { sharing, sent, moves, answer, wait } = self;
  sharing.start('v1');
  assert.equal(sharing.state().status, 'asking');
  moves(52.1);
  moves(52.2);
  moves(52.3);
  assert.deepEqual(
    sent.map(({ location }) => location.lat),
    [52.1],
  );
  wait(1_000);
  await answer();
  assert.equal(sharing.state().status, 'sharing');
  assert.equal(sent[0]!.recordedAt.slice(0, 14), '2026-12-01T12:', 'by the server’s clock, not the phone’s');
  moves(52.4);
  assert.deepEqual(
    sent.map(({ location }) => location.lat),
    [52.1, 52.4],
  );
});

test('without an answer it says so, keeps the newest, and goes on by itself', async (t) => {
  t.after(() => self.sharing.stop());
  const self = device();
  const { sharing, sent, moves, refuse, answer, wait } = self;
  sharing.start('v1');
  moves(52.1);
  await refuse('no network');
  assert.equal(sharing.state().status, 'unsent');
  moves(52.2);
  assert.equal(sent.length, 1);
  wait(3_000);
  moves(52.3);
  assert.equal(sent.at(-1)!.location.lat, 52.3);
  await answer();
  assert.equal(sharing.state().status, 'sharing');
});

test('a person who says no is asked nothing more; a lost fix is another matter', async () => {
  const { sharing, moves, fails, answer, cleared } = device();
  sharing.start('v1');
  moves(52.1);
  await answer();
  fails(2);
  assert.equal(sharing.state().status, 'lost');
  assert.equal(cleared(), 0);
  fails(1);
  assert.equal(sharing.state().status, 'denied');
  assert.equal(cleared(), 1);
});

test('what the server refuses ends it, and stopping sends nothing more', async () => {
  const first = device();
  first.sharing.start('v1');
  first.moves(52.1);
  await first.refuse('refused');
  assert.equal(first.sharing.state().status, 'refused');
  const second = device();
  second.sharing.start('v1');
  second.sharing.stop();
  second.moves(52.1);
  assert.equal(second.sent.length, 0);
  assert.equal(second.sharing.state().status, 'off');
});
