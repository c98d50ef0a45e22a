import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './chaos/node.ts';
import { startProxy, type TcpProxy } from './chaos/proxy.ts';
import { type Api, makeApi } from './demo/api.ts';
import { choicesOn } from './demo/break/faults.ts';
import { createPage, listenHere } from './demo/break/page.ts';
import { makeRuns } from './demo/break/runs.ts';
import { openStage, release } from './demo/break/stage.ts';
import { endChildren, killChildren, runToEnd } from './demo/childProcesses.ts';
import { PASSWORD, PEOPLE } from './demo/companies.ts';
import { buildDashboard } from './demo/dashboard.ts';
import { readShipments } from './demo/listing.ts';
import { keepMoving, makeMover } from './demo/mover.ts';
import type { Actor } from './demo/moves.ts';
import { openPresence, type Presence } from './demo/presence.ts';
import { keepRidersRiding } from './demo/riders.ts';
import { keepSeatsSelling } from './demo/seats.ts';
import { keepServing, type Supervised } from './demo/server.ts';
import { childEnvironment, DemoError, prepareFolder, readSettings, requireFreePort, USAGE } from './demo/settings.ts';
import { keepShopsTrading } from './demo/shops.ts';
import { supply } from './demo/supply.ts';
import { keepVendorsWandering } from './demo/vendors.ts';
import { makeScreen, welcome } from './demo/welcome.ts';
import { LOADER, runnable } from './testing/runnable.ts';

/**
 * `npm run demo`: everything of Waybeat on one machine, moving while you watch. Nothing outside this machine is
 * contacted, and nothing but `data/demo` and `dist/client` is written.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Moves made before anybody looks, so that timelines and papers are not empty. */
const MOVES_BEFORE = 30;
/** Longer than the server takes to drain. */
const GRACE_MS = 28_000;

const started = Date.now();
const screen = makeScreen();
const ending = new AbortController();
let presence: Presence | undefined;
let stopVendors = () => {};
let stopSeats = () => {};
let stopRiders = () => {};
let stopShops = () => {};
let server: Supervised | undefined;
let door: TcpProxy | undefined;

const end = async (code: number) => {
  if (ending.signal.aborted) return;
  ending.abort();
  server?.stopRestarting();
  // Frozen it would not hear that it shall end.
  if (server && door) release({ server, door });
  presence?.close();
  stopVendors();
  stopSeats();
  stopRiders();
  stopShops();
  await endChildren(GRACE_MS);
  process.exit(code);
};

const onSignal = () => {
  if (ending.signal.aborted) {
    // Asked twice: now means now.
    killChildren();
    process.exit(130);
  }
  screen.say('Ending the demo; its data stays for the next start …');
  void end(0);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

/**
 * npm hands a SIGTERM to its shell, and the shell dies of it without telling us: `npm run demo` would be gone and the
 * demo still there. Only under npm, since anybody else who starts a demo and leaves may mean it to stay.
 */
const endWithNpm = () => {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    onSignal();
  }, 500);
  watch.unref();
};
if (process.env.npm_lifecycle_event === 'demo') endWithNpm();

const giveUp = (error: unknown) => {
  // While ending, children and requests break off on purpose.
  if (ending.signal.aborted) return;
  screen.complain(error instanceof DemoError ? error.message : ((error as Error).stack ?? String(error)));
  void end(1);
};

const main = async () => {
  const settings = readSettings(process.argv.slice(2), process.env, ROOT);
  if (settings.help) return screen.say(USAGE);
  await requireFreePort(settings.port);
  prepareFolder(settings);
  // People come through a door that can be broken, so the server itself is elsewhere.
  const inner = await freePort();
  const env = childEnvironment({ ...settings, port: inner }, process.env);
  process.chdir(ROOT);

  screen.say('Building the dashboard and preparing the database …');
  await Promise.all([
    buildDashboard(ROOT, env),
    runToEnd('Preparing the database', { env, arguments: [...LOADER, runnable('scripts/seed.ts')] }),
  ]);
  if (ending.signal.aborted) return;

  screen.say('Starting the server …');
  const address = `http://localhost:${settings.port}`;
  const behind = `http://localhost:${inner}`;
  const logFile = join(settings.folder, 'server.log');
  const supervised = await keepServing({
    address: behind,
    env,
    logFile,
    say: screen.say,
    onGivenUp: giveUp,
  });
  server = supervised;
  // To the address by which somebody came: who is on another machine must not look local to the server.
  const opened = await startProxy(({ localAddress }) => ({ host: localAddress!, port: inner }), null, settings.port);
  door = opened;

  const apis = new Map<string, Api>(PEOPLE.map(({ id, username }) => [id, makeApi(address, username, PASSWORD)]));
  const apiOf = (matches: (person: (typeof PEOPLE)[number]) => boolean) => apis.get(PEOPLE.find(matches)!.id)!;
  const play = (actor: Actor) =>
    actor.role === 'supplier'
      ? apiOf(({ id }) => id === actor.id)
      : apiOf(({ acts, companyId }) => acts === actor.role && companyId === actor.companyId);
  const all = apiOf(({ role }) => role === 'super_admin');

  if ((await readShipments(all)).length === 0) {
    screen.say('Bringing in purchase orders …');
    const unseen = { play, look: () => {} };
    await supply(unseen, settings.seed);
    const early = await makeMover(unseen, all, settings.seed + 2);
    for (let move = 0; move < MOVES_BEFORE; move += 1) await early.step(ending.signal);
  }

  presence = openPresence(address);
  stopVendors = await keepVendorsWandering(
    address,
    apiOf(({ acts }) => acts === 'vendor'),
    settings.seed + 3,
  );
  stopSeats = await keepSeatsSelling(
    apiOf(({ acts }) => acts === 'agent'),
    settings.seed + 4,
  );
  const idOf = (name: string) => PEOPLE.find(({ username }) => username === name)!.id;
  const riding = await keepRidersRiding(
    address,
    {
      riders: PEOPLE.filter(({ acts }) => acts === 'rider').map(({ id }) => ({ id, api: apis.get(id)! })),
      dispatcher: apis.get(idOf('jonas'))!,
      senderId: idOf('mara'),
      recipientId: idOf('cora'),
      visitorId: idOf('rita'),
    },
    settings.seed + 5,
  );
  stopRiders = riding.stop;
  stopShops = await keepShopsTrading(
    {
      merchant: apiOf(({ acts }) => acts === 'merchant'),
      customer: apiOf(({ acts }) => acts === 'customer'),
      byPhone: idOf('cora'),
      companyId: 'nordlicht',
      admin: apiOf(({ acts }) => acts === 'admin'),
    },
    settings.seed + 6,
  );
  const mover = await makeMover({ play, look: presence.look }, all, settings.seed);
  const choices = choicesOn(settings.databaseUrl);
  const demo = {
    server: supervised,
    door: opened,
    address: behind,
    logFile,
    databaseUrl: settings.databaseUrl,
    secret: env.JWT_SECRET,
  };
  const runs = makeRuns(choices, () => openStage(demo), screen.say);
  const page = await listenHere(createPage(choices, runs, address), settings.port + 1);
  screen.say(
    welcome({
      address,
      breakPage: `http://localhost:${page.port}/`,
      pid: supervised.pid(),
      cargos: mover.world.cargos.size,
      parcelPage: riding.link,
      seconds: (Date.now() - started) / 1000,
    }),
  );
  await keepMoving(mover, settings.pace, ending.signal, screen.moved);
};

main().catch(giveUp);
