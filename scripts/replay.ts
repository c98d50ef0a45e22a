import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pausesOf, readTrack } from './replay/track.ts';

/** Plays a recorded track through the server's own interface, as its rider's phone would. */

const usage = `npm run replay -- track.gpx --awb FX12345678 [--speed 10]
  --awb       the parcel that moves
  --speed     times as fast as recorded, default 1
  --url       the server, default http://localhost:5001
  --token     an access token of the assigned rider or of staff, default $WAYBEAT_TOKEN
  --username  instead of a token: who signs in, with
  --password  this password, default $WAYBEAT_PASSWORD`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    awb: { type: 'string' },
    speed: { type: 'string', default: '1' },
    url: { type: 'string', default: 'http://localhost:5001' },
    token: { type: 'string', default: process.env.WAYBEAT_TOKEN ?? '' },
    username: { type: 'string' },
    password: { type: 'string', default: process.env.WAYBEAT_PASSWORD ?? '' },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
const speed = Number(values.speed);
if (values.help || !file || !values.awb || !(speed > 0) || !(values.token || values.username)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const post = (path: string, body: object, token?: string) =>
  fetch(new URL(path, values.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });

const signIn = async (): Promise<string> => {
  if (values.token) return values.token;
  const response = await post('/api/auth/login', { username: values.username, password: values.password });
  if (!response.ok) throw new Error(`signing in was answered ${response.status}`);
  return ((await response.json()) as { token: string }).token;
};

/** One report; waits and tries again where the server asks for patience. */
const report = async (token: string, lat: number, long: number): Promise<void> => {
  for (;;) {
    const response = await post(
      `/api/tracking/${values.awb}/location`,
      { lat, long, accuracy: 5, recordedAt: new Date().toISOString() },
      token,
    );
    if (response.ok) return;
    const { detail, retryAfterMs } = (await response.json()) as { detail: string; retryAfterMs?: number };
    if (response.status !== 429 && response.status !== 503) throw new Error(`${response.status}: ${detail}`);
    await wait(retryAfterMs ?? 1_000);
  }
};

/** A phone reports once a second; what lies closer together in the file is passed over. */
const EVERY_MS = 1_000;

try {
  const points = readTrack(readFileSync(file, 'utf8'));
  const pauses = pausesOf(points);
  const token = await signIn();
  let due = 0;
  let reported = 0;
  for (const [n, { lat, long }] of points.entries()) {
    const isLast = n === points.length - 1;
    if (n === 0 || isLast || due >= EVERY_MS) {
      await wait(n === 0 ? 0 : due);
      await report(token, lat, long);
      reported += 1;
      due = 0;
      process.stdout.write(`\r${n + 1} of ${points.length} points, ${reported} reported`);
    }
    due += ((pauses[n] ?? 0) * 1000) / speed;
  }
  console.log('');
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exit(1);
}
