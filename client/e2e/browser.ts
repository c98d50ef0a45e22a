import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Session } from '../../server/contract/auth.ts';
import { type Person, tokenFor } from '../../server/testing/people.ts';

/** A real browser with windows of people who are signed in. */

/**
 * For its address bar each window would load two hidden pages of the browser's own, which cost a third of the window.
 * The rest is what Playwright turns off in Chromium: of two such lists the browser heeds the last.
 */
const WITHOUT = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${WITHOUT.join(',')}`,
];

export const launch = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: FLAGS });

/** What the browser of somebody who signed in keeps, for an hour. */
export const sessionOf = (who: Person): Session => ({
  token: tokenFor(who),
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  user: {
    id: who.id,
    username: who.username,
    role: who.role,
    companyId: who.companyId ?? null,
    shopIds: who.shopIds ?? [],
  },
});

/** Generous: other tests share the machine, and other guests may share the hypervisor. */
const PATIENCE_MS = 60_000;

export type Window = { context: BrowserContext; page: Page };

type Options = { session?: Session; scheme?: 'light' | 'dark'; width?: number; height?: number };

/** What the pages complained about: scripts that failed, and what the content policy stopped. */
export const complaints: string[] = [];

/** A window of its own storage, signed in when a session is given. */
export const openWindow = async (
  browser: Browser,
  url: string,
  { session, scheme = 'light', width = 1440, height = 900 }: Options = {},
): Promise<Window> => {
  const context = await browser.newContext({ baseURL: url, colorScheme: scheme, viewport: { width, height } });
  if (session) {
    const kept = { ...session, renewAt: Date.parse(session.expiresAt) };
    await context.addInitScript((text) => localStorage.setItem('waybeat.session', text), JSON.stringify(kept));
  }
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught|Minified React/.test(message.text()))
      complaints.push(message.text());
  });
  return { context, page };
};

/** To another screen as a link leads there, without loading the dashboard again. */
export const visit = (page: Page, path: string): Promise<void> =>
  page.evaluate((to) => history.pushState(null, '', to), path);

/** What axe finds wrong with the page as it stands. */
export const violationsOf = async (page: Page): Promise<axe.Result[]> => {
  await page.evaluate(axe.source);
  const found = (await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`)) as axe.AxeResults;
  return found.violations;
};

/** What of that is serious or critical, a line a fault; none when all is well. */
export const faultsOf = async (page: Page): Promise<string[]> =>
  (await violationsOf(page))
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);

/** Waits until `read` answers what `accept` takes; the error holds the last answer. */
export const eventually = async <Value>(
  read: () => Promise<Value>,
  accept: (value: Value) => boolean,
  what: string,
  milliseconds = PATIENCE_MS,
): Promise<Value> => {
  const until = Date.now() + milliseconds;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > until) throw new Error(`${what}: ${JSON.stringify(value)} after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
