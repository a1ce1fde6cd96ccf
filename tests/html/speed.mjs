// How fast a page is: from its opening until all of it is there, and for each redraw of the timeline while it
// moves. Times of the page's thread are of the processor, so that a busy machine changes little.
// Usage: node speed.mjs PAGE.html

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startBrowser } from './browser.mjs';

const kFrames = 40;

const browser = await startBrowser();
const page = await browser.context.newPage();
const session = await browser.context.newCDPSession(page);
await session.send('Performance.enable', { timeDomain: 'threadTicks' });

// Milliseconds of the processor that the page's thread has taken.
async function taken() {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

// The timeline moves by one key a frame.
async function redraws(keys) {
  const before = await taken();
  const times = await page.evaluate(
    async ([order, count]) => {
      const canvas = document.getElementById('timeline-canvas');
      const frame = () =>
        new Promise((resolve) => {
          requestAnimationFrame(resolve);
        });
      const all = [];
      for (let i = 0; i < count; ++i) {
        await frame();
        const start = performance.now();
        canvas.dispatchEvent(new KeyboardEvent('keydown', { key: order[i % order.length], bubbles: true }));
        await frame();
        all.push(performance.now() - start);
      }
      return all.sort((a, b) => a - b);
    },
    [keys, kFrames],
  );
  const each = ((await taken()) - before) / kFrames;
  return `${each.toFixed(1)} ms of the processor, ${times[kFrames >> 1].toFixed(0)} ms between frames`;
}

await page.setViewportSize({ width: 1280, height: 900 });
const start = performance.now();
await page.goto(pathToFileURL(path.resolve(process.argv[2])).href);
await page.waitForSelector('body[data-ready="1"]', { timeout: 120_000 });
const all = performance.now() - start;
const { painted, spans } = await page.$eval('body', (body) => ({ ...body.dataset }));
console.log(`${spans} commands: first screen after ${painted} ms, all after ${all.toFixed(0)} ms, ${(await taken()).toFixed(0)} ms of the processor`);
for (const section of ['timeline', 'network', 'local', 'ddr']) {
  await page.evaluate((id) => document.getElementById(id).scrollIntoView(), section);
  await page.waitForTimeout(300);
  console.log(`a redraw at ${section}: zoom ${await redraws(['w', 's'])}; pan ${await redraws(['d', 'd', 'a', 'a'])}`);
}
await browser.close();
