// Pictures of the pages for docs/, drawn anew by script: the report, its network and timeline, and
// the live page, in light, dark and on a narrow screen.
// Usage: node pictures.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { kProgram, ReportPages, settle } from './report_pages.mjs';

const kFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs/pictures');
const kMostBytes = 400_000;
const pages = new ReportPages();

// A picture of what is at the top of the window.
async function picture(page, name) {
  await settle(page);
  await settle(page);
  const file = path.join(kFolder, name);
  await page.screenshot({ path: file });
  assert.ok((await stat(file)).size < kMostBytes, `${name} is too large for the repository`);
  console.log(name);
}

async function scrollTo(page, section) {
  await page.evaluate((id) => {
    document.documentElement.style.overflow = 'hidden';
    document.documentElement.style.scrollBehavior = 'auto';
    document.getElementById(id).scrollIntoView();
  }, section);
}

async function reportPictures() {
  for (const [scheme, width] of [['light', 1280], ['dark', 1280], ['dark', 390]]) {
    const { page } = await pages.open(pages.both, { width, height: 900, scheme });
    const suffix = width < 640 ? 'narrow' : scheme;
    await scrollTo(page, 'verdict');
    await picture(page, `report_${suffix}.png`);
    await page.locator('#operators tbody tr').nth(2).click();
    await page.getByRole('button', { name: 'Selection' }).click();
    await scrollTo(page, 'network');
    await picture(page, `network_${suffix}.png`);
    await page.locator('#timeline input').fill('softmax');
    await page.getByRole('button', { name: 'Critical path' }).click();
    await page.locator('.gaps-of summary').click();
    await scrollTo(page, 'timeline');
    await picture(page, `timeline_${suffix}.png`);
    await page.close();
  }
}

// The link of a live page, and what ends its server.
async function serve() {
  const child = spawn(kProgram, ['serve', 'swin_t', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const link = await new Promise((resolve, reject) => {
    child.stdout.once('data', (bytes) => resolve(String(bytes).trim()));
    child.once('exit', () => reject(new Error('the server ended')));
  });
  return { link, end: () => child.kill() };
}

async function livePictures() {
  const { link, end } = await serve();
  for (const [scheme, width] of [['light', 1280], ['dark', 1280], ['dark', 390]]) {
    const page = await pages.browser.context.newPage();
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(link);
    await page.waitForSelector('body[data-live="done"][data-ready="1"]', { timeout: 60_000 });
    await page.evaluate(() => delete document.body.dataset.live);
    await page.locator('.control[data-key="bandwidth"] input[type="range"]').evaluate((slider) => {
      slider.value = '1';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await page.waitForSelector('body[data-live="done"]', { timeout: 60_000 });
    await scrollTo(page, 'whatif');
    await picture(page, `live_${width < 640 ? 'narrow' : scheme}.png`);
    await page.close();
  }
  end();
}

await mkdir(kFolder, { recursive: true });
await pages.start();
try {
  await reportPictures();
  await livePictures();
} finally {
  await pages.end();
}
