import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { type Maps, openMaps } from '../mapClient.ts';
import { type Frames, openDashboard } from '../pages.ts';
import { tokensOf } from '../people.ts';
import { createVendors } from '../vendors.ts';
import type { Scenario } from './scenario.ts';

const VENDORS = 2_000;
const SECONDS = 8;
/** A part of a city that fits into the window at this zoom with room around it: all of them are always to be seen. */
const VIEW = { lat: 52.52, long: 13.405, zoom: 15 };
const SPREAD = { lat: 0.004, long: 0.009 };
/** In degrees a second: 5 to 15 m/s, as bicycles and vans drive. */
const SLOWEST = 0.000_05;
const FASTEST = 0.000_14;

const figuresOf = (name: string, when: string) =>
  ({
    [`${name}Rate`]: { title: `frames a second, ${when}`, unit: '/s', better: 'higher', digits: 0 },
    [`${name}P95`]: { title: 'the same, frame at p95', unit: 'ms', better: 'lower', digits: 1 },
    [`${name}Late`]: { title: 'the same, frames over 50 ms', unit: '', better: 'lower', digits: 0 },
    [`${name}Script`]: { title: 'the same, time in JavaScript per frame', unit: 'ms', better: 'lower', digits: 2 },
    [`${name}Thread`]: {
      title: 'the same, time of the page’s thread per frame',
      unit: 'ms',
      better: 'lower',
      digits: 2,
    },
  }) as Record<string, Scenario['figures'][string]>;

/**
 * The customers' map with 2,000 vendors in sight who report once a second each: frames while it lies still, is dragged
 * and is zoomed. The processor draws, so the rate says what a machine without a graphics card reaches; the time in
 * JavaScript is the page's own.
 */
export const map: Scenario = {
  name: 'map',
  columns: ['waybeat'],
  figures: {
    ...figuresOf('still', '2,000 vendors move on a map that lies still'),
    ...figuresOf('drag', '2,000 vendors move, the map is dragged'),
    ...figuresOf('zoom', '2,000 vendors move, the map is zoomed'),
  },
  async measure(target, quick) {
    const seconds = quick ? 1 : SECONDS;
    const vendors = await createVendors(target, quick ? 100 : VENDORS);
    const maps = await openMaps({ port: target.port, namespace: '/location', tokens: tokensOf(20), hello: () => null });
    const stop = drive(maps, vendors);
    const window = await openDashboard(target.port);
    const { page } = window;
    try {
      await page.addInitScript((view) => localStorage.setItem('waybeat.vendors.view', view), JSON.stringify(VIEW));
      await page.goto('/vendors');
      await page.getByText(`${vendors.length.toLocaleString('en')} vendors in view`).waitFor();
      return {
        ...perFrame('still', await window.frames(() => sleep(seconds * 1000))),
        ...perFrame('drag', await window.frames(() => drag(page, seconds))),
        ...perFrame('zoom', await window.frames(() => zoom(page, seconds))),
      };
    } finally {
      stop();
      maps.close();
      await window.close();
    }
  },
};

const perFrame = (name: string, frames: Frames): Record<string, number> => ({
  [`${name}Rate`]: frames.perSecond,
  [`${name}P95`]: frames.p95,
  [`${name}Late`]: frames.late,
  [`${name}Script`]: frames.scriptMs / frames.count,
  [`${name}Thread`]: frames.threadMs / frames.count,
});

/** Every vendor reports once a second, evenly spread over it, from its own way to and fro. Answers how to end that. */
function drive(maps: Maps, vendors: readonly string[]): () => void {
  const ways = vendors.map((vendorId, index) => ({
    vendorId,
    // Evenly over the part of the city, by two ratios that never fall into step.
    lat: VIEW.lat + SPREAD.lat * (((index * 0.618) % 1) * 2 - 1),
    long: VIEW.long + SPREAD.long * (((index * 0.755) % 1) * 2 - 1),
    speed: SLOWEST + (FASTEST - SLOWEST) * ((index * 0.57) % 1),
    turn: index % 2 ? 1 : -1,
  }));
  const startedAt = performance.now();
  let reported = 0;
  const report = () => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * ways.length);
    for (; reported < due; reported++) {
      const way = ways[reported % ways.length]!;
      const round = Math.floor(reported / ways.length);
      way.long += way.speed * way.turn * (Math.floor(round / 10) % 2 ? -1 : 1);
      const data = { vendorId: way.vendorId, location: { lat: way.lat, long: way.long } };
      maps.clients[reported % maps.clients.length]!.send('update_location', data);
    }
  };
  const timer = setInterval(report, 10);
  return () => clearInterval(timer);
}

const middleOf = async (page: Page) => {
  const { x, y, width, height } = (await page.locator('.leaflet-container').boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
};

/** To and fro with the mouse, lifted at each end. */
async function drag(page: Page, seconds: number): Promise<void> {
  const { x, y } = await middleOf(page);
  const until = performance.now() + seconds * 1000;
  for (let turn = 1; performance.now() < until; turn = -turn) {
    await page.mouse.move(x - 60 * turn, y);
    await page.mouse.down();
    for (let step = 0; step <= 40 && performance.now() < until; step++) {
      await page.mouse.move(x + (step * 3 - 60) * turn, y + step * turn);
      await sleep(12);
    }
    await page.mouse.up();
  }
}

/** Half a step out and back in with the wheel. */
async function zoom(page: Page, seconds: number): Promise<void> {
  const { x, y } = await middleOf(page);
  await page.mouse.move(x, y);
  const until = performance.now() + seconds * 1000;
  for (let turn = 1; performance.now() < until; turn = -turn) {
    await page.mouse.wheel(0, 120 * turn);
    await sleep(400);
  }
}
