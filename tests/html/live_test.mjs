// The live page in Chromium, served by `tpuscope serve`: changes of the panel are simulated and
// drawn beside the pinned run, commands repeat what is seen, and a dropped model is opened.
// Usage: node live_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startBrowser } from './browser.mjs';
import { command, control, line, panel } from './panel.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const run = promisify(execFile);
const { settled, change, setNumber, slideOver } = panel({ timeout: 60_000 });
const servers = [];
let browser;
let folder;

// A server of a network, and the link that it prints.
async function serve(...words) {
  const child = spawn(kProgram, ['serve', ...words, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  servers.push(child);
  let text = '';
  let complaint = '';
  child.stderr.on('data', (bytes) => (complaint += bytes));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      text += bytes;
      if (text.includes('\n')) resolve();
    });
    child.once('exit', () => reject(new Error(`the server ended: ${complaint}`)));
  });
  return text.trim();
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-live-'));
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  for (const child of servers) child.kill();
  await rm(folder, { recursive: true, force: true });
});

async function open(link, { width = 1280, height = 900, scheme = 'light' } = {}) {
  const page = await browser.context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(link).origin)) complaints.push(`request: ${request.url()}`);
  });
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(link);
  await settled(page);
  return { page, complaints };
}

test('a change is simulated beside the pinned run, and its command gives the same time', async (context) => {
  const { page, complaints } = await open(await serve('swin_t'));
  const first = await line(page);
  assert.match(first, /change something below/);
  await setNumber(page, 'chip.ddr.peak_gbps', 34);
  assert.match(await line(page), /instead of .*\+/);
  assert.equal(await page.locator('.answer .bar').count(), 2);
  context.diagnostic(`drawn after ${await page.$eval('body', (body) => body.dataset.answered)} ms`);
  const text = await command(page);
  assert.match(text, /^tpuscope profile swin_t .*--set chip\.ddr\.peak_gbps=34/);
  const { stdout } = await run(kProgram, [...text.split(' ').slice(1), '--json'], { maxBuffer: 1 << 28 });
  const cycles = JSON.parse(stdout).summary.cycles;
  const shown = await page.locator('.tile .note').first().textContent();
  assert.equal(Number(shown.replace(/ cycles.*/, '').replace(/\D/g, '')), cycles);
  // Both runs are on the timeline.
  assert.equal(await page.$eval('body', (body) => Number(body.dataset.spans) > 0), true);
  await change(page, () => page.getByRole('button', { name: 'Reset' }).click());
  assert.equal(await control(page, 'chip.ddr.peak_gbps').locator('input[type="number"]').inputValue(), '68.26');
  assert.deepEqual(complaints, []);
  await page.close();
});

test('every kind of control changes the run: choice, number, text, switch, preset', async () => {
  const { page, complaints } = await open(await serve('resnet50'));
  const seen = new Set([await command(page)]);
  const see = async (pattern) => {
    const text = await command(page);
    assert.match(text, pattern);
    assert.ok(!seen.has(text), text);
    seen.add(text);
  };
  await change(page, () => control(page, 'precision').locator('select').selectOption('int8'));
  await see(/--precision int8/);
  await setNumber(page, 'batch', 4);
  await see(/--batch 4/);
  await setNumber(page, 'passes.layer_group.max_ops', 3);
  await see(/--group-max-ops 3/);
  await change(page, () => control(page, 'passes.layer_group.method').locator('select').selectOption('greedy'));
  await see(/--group-method greedy/);
  await change(page, () => control(page, 'passes.cancel_permutes').getByRole('button').first().click());
  await see(/--passes optimized-cancel_permutes/);
  await change(page, () => page.getByRole('button', { name: 'baseline', exact: true }).click());
  await see(/--passes baseline/);
  await change(page, () => control(page, 'chip').locator('select').selectOption('bm1688'));
  await see(/--chip bm1688/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('what the machine cannot be is said, and the last run stays', async () => {
  const { page } = await open(await serve('resnet50'));
  const before = await line(page);
  await setNumber(page, 'cores', 7);
  assert.match(await page.locator('#whatif [role="alert"]').textContent(), /core/);
  assert.equal(await line(page), before);
  const text = page.locator('.control[data-key="passes.layer_group.slices"] input');
  await change(page, () => page.getByRole('button', { name: 'Reset' }).click());
  await change(page, async () => {
    await text.fill('two halves');
    await text.press('Enter');
  });
  assert.match(await page.locator('#whatif [role="alert"]').textContent(), /no slice counts/);
  await page.close();
});

test('pin, swap and the newest of quick changes', async () => {
  const { page, complaints } = await open(await serve('resnet50'));
  await slideOver(page, 'chip.ddr.peak_gbps', [-1.5, -1, -0.5, -2]);
  const slow = await line(page);
  assert.match(await command(page), /peak_gbps=17\.0?\d*/);
  await change(page, async () => {
    await page.getByRole('button', { name: 'Swap' }).click();
  });
  assert.match(await line(page), /−/);
  assert.notEqual(await line(page), slow);
  await page.getByRole('button', { name: 'Pin this' }).click();
  assert.match(await line(page), /change something below/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a model that is dropped is opened, and one that is none is refused in words', async () => {
  const { page } = await open(await serve('resnet50'));
  const drop = async (name, text) =>
    page.evaluate(
      ([file, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], file));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [name, text],
    );
  await drop('broken.tpu', 'x = Nonsense(y)\n');
  await page.waitForSelector('#whatif [role="alert"]:not([hidden])');
  assert.equal(await page.locator('h1').textContent(), 'resnet50');
  const loaded = page.waitForEvent('load');
  await drop('tiny net.tpu', 'x = Input f16[1,64,8,8]\na = Relu(x)\nreturn a\n');
  await loaded;
  await settled(page);
  assert.equal(await page.locator('h1').textContent(), 'tiny net');
  await page.close();
});

test('a page without the token of its server shows nothing of the network', async () => {
  const link = new URL(await serve('resnet50'));
  link.search = '';
  const response = await fetch(link);
  assert.equal(response.status, 403);
  assert.doesNotMatch(await response.text(), /resnet/);
});

test('nothing sticks out at 390 and 1280 pixels, light and dark', async () => {
  const link = await serve('resnet50');
  for (const width of [390, 1280]) {
    for (const scheme of ['light', 'dark']) {
      const { page } = await open(link, { width, scheme });
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(over <= 0, `${over} pixels at ${width}`);
      await page.close();
    }
  }
});
