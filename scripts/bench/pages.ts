import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launch, openWindow } from '../../client/e2e/browser.ts';
import type { Session } from '../../server/contract/auth.ts';
import { tokensOf } from './people.ts';
import { median, percentile } from './statistics.ts';

/** The built dashboard in a real Chromium, without a graphics card: what is drawn is drawn by the processor. */

export interface Frames {
  /** Milliseconds between two frames, as requestAnimationFrame tells them. */
  median: number;
  p95: number;
  p99: number;
  longest: number;
  /** How many came later than 50 ms after the one before. */
  late: number;
  /** Tasks of the page that held its thread for more than 50 ms. */
  longTasks: number;
  /** Processor time of the page's own thread, in milliseconds: all of it, and what of it was JavaScript. */
  threadMs: number;
  scriptMs: number;
  count: number;
  perSecond: number;
}

/** Of the scripts fetched so far, in kB: packed either way, and as it came from the server, headers aside. */
export interface Scripts {
  gzip: number;
  brotli: number;
  fetched: number;
}

export interface Dashboard {
  readonly page: Page;
  scripts(): Promise<Scripts>;
  /** The frames while `during` runs. */
  frames(during: () => Promise<unknown>): Promise<Frames>;
  /** JavaScript's heap after a collection of garbage, in MiB. */
  heapMiB(): Promise<number>;
  close(): Promise<void>;
}

const CHROMIUM = process.env.BENCH_CHROMIUM ?? '/usr/bin/chromium';
const LATE_MS = 50;

/** A window of an operator of the company whose shipments and vendors are measured. */
export async function openDashboard(port: number): Promise<Dashboard> {
  const browser = await launchOnAllCores();
  try {
    const [token] = tokensOf(1);
    const session: Session = {
      token: token!,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      user: { id: 'bench-0', username: 'bench-0', role: 'operator', companyId: 'bench', shopIds: [] },
    };
    const { page } = await openWindow(browser, `http://127.0.0.1:${port}`, { session });
    page.setDefaultTimeout(60_000);
    const cdp = await page.context().newCDPSession(page);
    const scripts = await followScripts(cdp);
    // In time on the processor: a busy machine makes a page wait, but not work more.
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    return {
      page,
      scripts,
      frames: (during) => watchFrames(page, cdp, during),
      heapMiB: async () => {
        await cdp.send('HeapProfiler.collectGarbage');
        return (await metrics(cdp)).JSHeapUsedSize! / 2 ** 20;
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** This process stays on the load's core; a browser started from there would have to share it. */
async function launchOnAllCores(): Promise<Browser> {
  const last = availableParallelism() - 1;
  const pin = (cores: string) =>
    execFileSync('taskset', ['-c', '-p', cores, String(process.pid)], { encoding: 'utf8' }).match(/list: (\S+)/)![1]!;
  let before: string;
  try {
    before = pin(`0-${last}`);
  } catch {
    return launch(CHROMIUM); // no taskset here, so nothing was pinned either
  }
  try {
    return await launch(CHROMIUM);
  } finally {
    pin(before);
  }
}

async function followScripts(cdp: CDPSession): Promise<() => Promise<Scripts>> {
  const asked = new Set<string>();
  const fetched = new Map<string, number>();
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (new URL(request.url).pathname.endsWith('.js')) asked.add(requestId);
  });
  cdp.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    if (asked.has(requestId)) fetched.set(requestId, (fetched.get(requestId) ?? 0) + encodedDataLength);
  });
  await cdp.send('Network.enable');
  return async () => {
    const sum: Scripts = { gzip: 0, brotli: 0, fetched: 0 };
    for (const [requestId, bytes] of fetched) {
      const { body, base64Encoded } = await cdp.send('Network.getResponseBody', { requestId });
      const source = Buffer.from(body, base64Encoded ? 'base64' : 'utf8');
      sum.gzip += gzipSync(source, { level: 9 }).length / 1000;
      sum.brotli += brotliCompressSync(source).length / 1000;
      sum.fetched += bytes / 1000;
    }
    return sum;
  };
}

async function metrics(cdp: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function watchFrames(page: Page, cdp: CDPSession, during: () => Promise<unknown>): Promise<Frames> {
  const before = await metrics(cdp);
  const stop = await page.evaluateHandle(() => {
    const gaps: number[] = [];
    let last: number | undefined;
    let frame = 0;
    // A method, since a function with a name would reach the page with a helper of the compiler that it does not have.
    const recorder = {
      tick(now: number) {
        if (last !== undefined) gaps.push(now - last);
        last = now;
        frame = requestAnimationFrame(recorder.tick);
      },
    };
    frame = requestAnimationFrame(recorder.tick);
    let longTasks = 0;
    const tasks = new PerformanceObserver((list) => {
      longTasks += list.getEntries().length;
    });
    tasks.observe({ type: 'longtask' });
    return () => {
      cancelAnimationFrame(frame);
      longTasks += tasks.takeRecords().length;
      tasks.disconnect();
      return { gaps, longTasks };
    };
  });
  await during();
  const { gaps, longTasks } = await stop.evaluate((end) => end());
  const after = await metrics(cdp);
  const spent = (name: string) => (after[name]! - before[name]!) * 1000;
  return {
    median: median(gaps),
    p95: percentile(gaps, 95),
    p99: percentile(gaps, 99),
    longest: Math.max(...gaps),
    late: gaps.filter((gap) => gap > LATE_MS).length,
    longTasks,
    threadMs: spent('TaskDuration'),
    scriptMs: spent('ScriptDuration'),
    count: gaps.length,
    perSecond: (gaps.length * 1000) / gaps.reduce((sum, gap) => sum + gap, 0),
  };
}
