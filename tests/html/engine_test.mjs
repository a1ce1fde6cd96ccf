// A page with the engine in it, opened as a file in Chromium: changes of its panel are simulated
// without a server and give the very picoseconds of the program. Skipped where preset `wasm` is not
// built, unless REQUIRE_ENGINE is set, as `scripts/test --all` does.
// Usage: node engine_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startBrowser } from './browser.mjs';
import { command, control, line, panel } from './panel.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const run = promisify(execFile);
const { change, setNumber, slideOver } = panel({ timeout: 120_000 });
const folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-engine-'));
const fileOf = (name) => path.join(folder, name);
let browser;

// The engine is looked for by the program itself.
const missing = await run(kProgram, ['profile', 'resnet50', '--quiet', '--html', fileOf('resnet50.html'), '--live']).then(
  () => '',
  (error) => error.stderr,
);
if (missing !== '' && !process.env.REQUIRE_ENGINE) {
  console.log(`skipped: ${missing}`);
  await rm(folder, { recursive: true, force: true });
  process.exit(77);
}

before(async () => {
  assert.equal(missing, '');
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

// A page that is ready, with all that it complained about or asked for on the way.
async function open(file) {
  const page = await browser.context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  const link = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== link && !request.url().startsWith('blob:')) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(link);
  await page.waitForSelector('body[data-ready="1"]', { timeout: 60_000 });
  return { page, complaints };
}

const complaint = (page) => page.locator('#whatif [role="alert"]').textContent();

// What the last answer of the engine says, and what the program says to the command of the page.
const shownPicoseconds = (page) => page.$eval('body', (body) => Number(body.dataset.picoseconds));
async function programPicoseconds(page) {
  const words = (await command(page)).split(' ').slice(1);
  const { stdout } = await run(kProgram, [...words, '--json'], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout).summary.time_ps;
}

test('a change is simulated in the page and gives the picoseconds of the program', async (context) => {
  const { page, complaints } = await open(fileOf('resnet50.html'));
  assert.match(await line(page), /change something below/);
  await setNumber(page, 'chip.ddr.peak_gbps', 34);
  assert.equal(await complaint(page), '');
  context.diagnostic(`first answer after ${await page.$eval('body', (body) => body.dataset.answered)} ms`);
  assert.match(await line(page), /instead of .*\+/);
  assert.match(await command(page), /--set chip\.ddr\.peak_gbps=34/);
  assert.equal(await shownPicoseconds(page), await programPicoseconds(page));
  await setNumber(page, 'chip.ddr.peak_gbps', 50);
  context.diagnostic(`second answer after ${await page.$eval('body', (body) => body.dataset.answered)} ms`);
  assert.equal(await shownPicoseconds(page), await programPicoseconds(page));
  assert.deepEqual(complaints, []);
  await page.close();
});

test('every kind of control gives the picoseconds of the program', async () => {
  const { page, complaints } = await open(fileOf('resnet50.html'));
  const seen = new Set([await command(page)]);
  const see = async (pattern) => {
    assert.equal(await complaint(page), '');
    const text = await command(page);
    assert.match(text, pattern);
    assert.ok(!seen.has(text), text);
    seen.add(text);
    assert.equal(await shownPicoseconds(page), await programPicoseconds(page), text);
  };
  const choose = (key, value) => change(page, () => control(page, key).locator('select').selectOption(value));
  await choose('precision', 'int8');
  await see(/--precision int8/);
  await setNumber(page, 'batch', 4);
  await see(/--batch 4/);
  await setNumber(page, 'passes.layer_group.max_ops', 3);
  await see(/--group-max-ops 3/);
  await choose('passes.layer_group.method', 'greedy');
  await see(/--group-method greedy/);
  await change(page, () => control(page, 'passes.cancel_permutes').getByRole('button').first().click());
  await see(/--passes optimized-cancel_permutes/);
  await choose('chip', 'bm1688');
  await see(/--chip bm1688/);
  await setNumber(page, 'cores', 1);
  await see(/--cores 1/);
  await change(page, () => page.getByRole('button', { name: 'Reset' }).click());
  assert.match(await line(page), /change something below/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('what the machine cannot be is said, and the last run stays', async () => {
  const { page, complaints } = await open(fileOf('resnet50.html'));
  const before = await line(page);
  await setNumber(page, 'cores', 7);
  assert.match(await complaint(page), /core/);
  assert.equal(await line(page), before);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('of quick changes the newest is drawn last, and the report comes back with a reset', async () => {
  const file = fileOf('both.html');
  await run(kProgram, ['compare', 'swin_t', '--html', file, '--live']);
  const { page, complaints } = await open(file);
  const story = () => page.locator('#waterfall').textContent();
  const written = await story();
  await slideOver(page, 'chip.ddr.peak_gbps', [-1.5, -1, -0.5, -2]);
  assert.equal(await complaint(page), '');
  assert.match(await command(page), /peak_gbps=17\.0?\d*/);
  assert.equal(await shownPicoseconds(page), await programPicoseconds(page));
  assert.notEqual(await story(), written);
  await change(page, () => page.getByRole('button', { name: 'Reset' }).click());
  assert.equal(await story(), written);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a chip of the user travels in the page', async () => {
  const chip = fileOf('mine.json');
  const slow = { value: 20, evidence: 'assumed', source: 'a test' };
  await writeFile(chip, JSON.stringify({ name: 'mine', extends: 'bm1684x', summary: 'slow', ddr: { peak_gbps: slow } }));
  const file = fileOf('mine.html');
  await run(kProgram, ['profile', 'resnet50', '--chip', chip, '--html', file, '--live']);
  const { page, complaints } = await open(file);
  assert.equal(await control(page, 'chip.ddr.peak_gbps').locator('input[type="number"]').inputValue(), '20');
  await setNumber(page, 'chip.local_memory.kib_per_lane', 128);
  assert.equal(await complaint(page), '');
  assert.equal(await shownPicoseconds(page), await programPicoseconds(page));
  assert.deepEqual(complaints, []);
  await page.close();
});

test('an engine that gives another time than the program is not believed', async () => {
  const text = await readFile(fileOf('resnet50.html'), 'utf8');
  const file = fileOf('other.html');
  const forged = text.replace(/("verdict"|"summary"):\{([^}]*)"time_ps":(\d+)/, (all, key, before, time) =>
    `${key}:{${before}"time_ps":${Number(time) + 1}`);
  assert.notEqual(forged, text);
  await writeFile(file, forged);
  const { page } = await open(file);
  await setNumber(page, 'chip.ddr.peak_gbps', 34);
  assert.match(await complaint(page), /of other sources/);
  await page.close();
});

test('a page without --live has no panel and no engine', async () => {
  const file = fileOf('plain.html');
  await run(kProgram, ['profile', 'resnet50', '--html', file]);
  const { page, complaints } = await open(file);
  assert.equal(await page.locator('#whatif').isVisible(), false);
  assert.equal(await page.locator('#engine-wasm').count(), 0);
  assert.doesNotMatch(await readFile(file, 'utf8'), /wasm-unsafe-eval'|worker-src blob/);
  assert.ok((await stat(file)).size < (await stat(fileOf('resnet50.html'))).size);
  assert.deepEqual(complaints, []);
  await page.close();
});
