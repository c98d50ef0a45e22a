import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openDashboard } from '../pages.ts';
import type { Target } from '../target.ts';
import { numbered } from '../writer.ts';
import { growth, type Scenario } from './scenario.ts';

const SIZES = [200, 1_000, 10_000];
const PER_SECOND = 100;
const SECONDS = 5;
/** Every second change is of one of these, the rows on top of the list. */
const IN_SIGHT = 20;
const PADDING = 100;

const cost = { unit: 'ms', better: 'lower', digits: 2 } as const;
const figures = growth('work', SIZES, { of: 'rows', title: 'time on the page’s thread per change', ...cost });

/**
 * The list of shipments of a company with 10,000 of them while a hundred change each second, half of these before the
 * reader's eyes: what must be fetched before it can be used, and whether it stays smooth.
 */
export const dashboard: Scenario = {
  name: 'dashboard',
  columns: ['waybeat'],
  figures: {
    gzip: { title: 'JavaScript until the list can be used, gzip', unit: 'kB', better: 'lower', digits: 0, limit: 180 },
    brotli: { title: 'the same, brotli', unit: 'kB', better: 'lower', digits: 0 },
    fetched: { title: 'the same, as it came from the server', unit: 'kB', better: 'lower', digits: 0, limit: 180 },
    usable: { title: 'opened → rows on the screen', unit: 'ms', better: 'lower', digits: 0 },
    ...figures,
    median: { title: 'frame, 10,000 rows and 100 changes a second, median', unit: 'ms', better: 'lower', digits: 1 },
    p99: { title: 'the same, p99', unit: 'ms', better: 'lower', digits: 1 },
    longest: { title: 'the same, the longest', unit: 'ms', better: 'lower', digits: 0, limit: 50 },
    late: { title: 'the same, frames over 50 ms', unit: '', better: 'lower', digits: 0 },
    scrolled: { title: 'the longest while it is scrolled as well', unit: 'ms', better: 'lower', digits: 0, limit: 50 },
    scrolledLate: { title: 'frames over 50 ms while it is scrolled', unit: '', better: 'lower', digits: 0 },
    heap: { title: 'JavaScript heap of the page, 10,000 rows', unit: 'MiB', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const sizes = quick ? [200, 400, 600] : SIZES;
    const seconds = quick ? 1 : SECONDS;
    const ids = await target.shipments(sizes.at(-1)!);
    // Other rows of a run may have added shipments since: these stand above all of them.
    const newest = await target.newShipments(IN_SIGHT);
    const window = await openDashboard(target.port);
    const { page } = window;
    try {
      const openedAt = performance.now();
      await page.goto('/shipments');
      await page.locator('[role=row][data-id]').first().waitFor();
      const usable = performance.now() - openedAt;
      await page.getByTestId('connection').getByText('Connected').waitFor();
      const found: Record<string, number> = { ...(await window.scripts()), usable };
      for (const [index, size] of sizes.entries()) {
        await showAll(page, size);
        // What the scrolling left to do is not the changes' cost.
        await sleep(500);
        let written = 0;
        const frames = await window.frames(async () => {
          written = await change(target, ids, newest, seconds);
        });
        await followsStill(page, target, newest.at(-1)!);
        found[`work${SIZES[index]}`] = frames.threadMs / written;
        Object.assign(found, frames);
      }
      const scrolled = await window.frames(() =>
        Promise.all([change(target, ids, newest, seconds), scroll(page, seconds)]),
      );
      return { ...found, scrolled: scrolled.longest, scrolledLate: scrolled.late, heap: await window.heapMiB() };
    } finally {
      await window.close();
    }
  },
};

const toEnd = (page: Page, isEnd: boolean) =>
  page
    .locator('[role=presentation]')
    .last()
    .evaluate((box, isEnd) => box.scrollTo(0, isEnd ? box.scrollHeight : 0), isEnd);

/** Reads on until the list holds `count` rows, and goes back to its top. */
async function showAll(page: Page, count: number): Promise<void> {
  const shown = page.getByText(/^[\d,]+ (shown|shipments)/);
  while (Number.parseInt((await shown.innerText()).replaceAll(',', ''), 10) < count) {
    await toEnd(page, true);
    await sleep(50);
  }
  await toEnd(page, false);
  await page.locator('[role=row][data-id]').first().waitFor();
}

/** Changes at an even pace; answers how many there were once the server has written them all. */
async function change(
  target: Target,
  ids: readonly string[],
  newest: readonly string[],
  seconds: number,
): Promise<number> {
  const count = seconds * PER_SECOND;
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  for (let number = 0; number < count; number++) {
    await sleep(Math.max(0, startedAt + (number * 1000) / PER_SECOND - performance.now()));
    const among = number % 2 ? newest : ids;
    const id = among[Math.floor(Math.random() * among.length)]!;
    underWay.push(target.api.inspect(id, number % 3 ? 'in_progress' : 'pending', numbered(number, PADDING)));
  }
  await Promise.all(underWay);
  return count;
}

/** Smooth figures of a page that had stopped listening would be worth nothing. */
async function followsStill(page: Page, target: Target, id: string): Promise<void> {
  for (const [status, words] of [
    ['pending', 'Pending'],
    ['in_progress', 'In progress'],
  ] as const) {
    await target.api.inspect(id, status, words);
    await page.locator(`[role=row][data-id="${id}"]`).getByText(words, { exact: true }).first().waitFor();
  }
}

async function scroll(page: Page, seconds: number): Promise<void> {
  const { x, y, width, height } = (await page.locator('[role=presentation]').last().boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  const until = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < until; turn++) {
    await page.mouse.wheel(0, turn % 100 < 70 ? 300 : -300);
    await sleep(30);
  }
}
