// The page of a diff in Debian's Chromium: it says which run is faster, every row is found, nothing
// is asked for, and narrow, wide, light and dark windows all hold it.
// Usage: node diff_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  amountText,
  arrangedRows,
  paceText,
  rowLabel,
  toneOf,
} from '../../profiles/pages/diff/diff_data.mjs';
import { coloursOf, hasSpans, rowsOfSide, typesOf } from '../../profiles/pages/diff/diff_rows.mjs';
import { startBrowser } from './browser.mjs';
import { dataOf, withData } from './page_data.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const kFolder = fileURLToPath(new URL('../../profiles/pages/diff/', import.meta.url));
const kBlock = (i) => `c${i} = Conv(x${i}, w) strides=[1,1] pads=[1,1,1,1]
x${i + 1} = Relu(c${i})
`;
const kNetwork = `x0 = Input f32[1,64,56,56]
w = Weight f32[64,64,3,3]
${[...Array(60).keys()].map(kBlock).join('')}return x60
`;
const run = promisify(execFile);
let folder;
let browser;
let file;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-diff-'));
  const network = path.join(folder, 'net.tpu');
  await writeFile(network, kNetwork);
  const [base, now] = ['base.json', 'now.json'].map((name) => path.join(folder, name));
  await run(kProgram, ['profile', network, '--passes', 'none', '--report', base]);
  await run(kProgram, ['profile', network, '--precision', 'int8', '--report', now]);
  file = path.join(folder, 'diff.html');
  await run(kProgram, ['diff', base, now, '--html', file]);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(target, { width = 1280, scheme = 'light' } = {}) {
  const page = await browser.context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(target).href) complaints.push(`request: ${request.url()}`);
  });
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(pathToFileURL(target).href);
  await page
    .waitForSelector('body[data-ready="1"]', { timeout: 30_000 })
    .catch(() => assert.fail(`the page does not get ready\n${complaints.join('\n')}`));
  return { page, complaints };
}

const overflowOf = (page) =>
  page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );

test('the page opens quietly and fits narrow and wide, light and dark windows', async () => {
  for (const width of [390, 1280]) {
    const backgrounds = new Set();
    for (const scheme of ['light', 'dark']) {
      const { page, complaints } = await open(file, { width, scheme });
      assert.deepEqual(complaints, []);
      const overflow = await overflowOf(page);
      assert.ok(overflow <= 0, `${overflow} pixels stick out at ${width}`);
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.close();
    }
    assert.equal(backgrounds.size, 2);
  }
});

test("the policy refuses scripts that are not the page's own", async () => {
  const html = await readFile(file, 'utf8');
  assert.match(html, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  assert.doesNotMatch(html, /unsafe-|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  const intruded = path.join(folder, 'intruder.html');
  await writeFile(
    intruded,
    html.replace('</body>', '<script>document.title = "owned"</script></body>'),
  );
  const { page, complaints } = await open(intruded);
  assert.notEqual(await page.title(), 'owned');
  assert.ok(complaints.some((text) => /Content Security Policy/.test(text)));
  await page.close();
});

test('the verdict and what differs are those of the data', async () => {
  const data = dataOf(await readFile(file, 'utf8'));
  const { page } = await open(file);
  const time = data.figures.find(({ name }) => name === 'time_ps');
  const verdict = await page.locator('.verdict').textContent();
  assert.equal(
    verdict,
    `Now is ${paceText(time.base, time.now)}: ${amountText('_ps', time.base)} to ` +
      `${amountText('_ps', time.now)}.`,
  );
  assert.match(verdict, /faster/);
  const differing = await page.locator('#differs tbody tr').allTextContents();
  assert.deepEqual(
    differing,
    data.differing.map(({ name, base, now }) => name + base + now),
  );
  assert.ok(differing.some((text) => text.startsWith('precision')));
  assert.equal(await page.locator('#waterfall .bar').count(), 2);
  assert.match(await page.locator('#waterfall .bar').first().textContent(), /^base/);
  // No figure is shown by its key.
  assert.doesNotMatch(await page.locator('main').innerText(), /[a-z]_(ps|bytes|khz|ops|commands)\b/);
  await page.close();
});

test('the table shows the largest changes first, all on request, and what the filter asks', async () => {
  const data = dataOf(await readFile(file, 'utf8'));
  assert.ok(data.rows.length > 0);
  const html = await readFile(file, 'utf8');
  const many = path.join(folder, 'many.html');
  const rows = Array.from({ length: 150 }, (_, i) => ({
    match: i === 3 ? 'removed' : 'same',
    type: 'Relu',
    base: [`op${i}`],
    now: i === 3 ? [] : [`op${i}`],
    base_ps: 1_000_000,
    now_ps: i === 3 ? 0 : 1_000_000 + 1000 * i,
  }));
  await writeFile(many, withData(html, { ...data, rows }));
  const { page, complaints } = await open(many);
  const lines = page.locator('#operators tbody tr');
  assert.equal(await lines.count(), 100);
  assert.match(await lines.nth(0).textContent(), /^op3−1\.00.µsgone1\.00.µs–Reluremoved$/);
  assert.match(await lines.nth(1).textContent(), /^op149/);
  await page.getByRole('button', { name: 'Show all 150' }).click();
  assert.equal(await lines.count(), 150);
  await page.getByRole('searchbox').fill('removed');
  assert.equal(await lines.count(), 1);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'operator', exact: true }).click();
  assert.match(await lines.first().textContent(), /^op0/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('the timelines hold every command of both reports, on the row of its engine', async () => {
  const data = dataOf(await readFile(file, 'utf8'));
  assert.ok(hasSpans(data));
  const types = typesOf(data);
  for (const side of ['base', 'now']) {
    const { spans } = JSON.parse(await readFile(path.join(folder, `${side}.json`), 'utf8'));
    const rows = rowsOfSide(data.timelines[side]);
    assert.deepEqual(rows.map((row) => row.name), ['GDMA', 'BDC']);
    for (const row of rows) {
      const own = spans.engine.filter((engine) => engine === row.name);
      assert.equal(row.count, own.length);
      for (let i = 1; i < row.count; ++i) assert.ok(row.start[i] >= row.end[i - 1] - 1);
      // Every command's operator is in the row of the table that says so.
      assert.ok(row.op.every((op) => op >= 0 && data.rows[op][side].length > 0));
      assert.equal(coloursOf(row, data.rows, types).length, row.count);
    }
    const last = Math.max(...spans.end_ps) / 1000;
    assert.ok(Math.abs(Math.max(...rows.map((row) => row.end.at(-1))) - last) <= 1);
  }
});

test('a click on the timeline chooses an operator in the table, and a row of it marks the timeline', async () => {
  const { page, complaints } = await open(file);
  // What is asked for is drawn with the next frame.
  const picture = async () => {
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    return page.$eval('#timeline-canvas', (canvas) => canvas.toDataURL());
  };
  const whole = await picture();
  assert.equal(await page.locator('#operators tr.selected').count(), 0);
  const canvas = page.locator('#timeline-canvas');
  const { width } = await canvas.boundingBox();
  await canvas.click({ position: { x: width / 2, y: 85 } });
  assert.equal(await page.locator('#operators tr.selected').count(), 1);
  const marked = await picture();
  assert.notEqual(marked, whole);
  await page.keyboard.press('f');
  assert.notEqual(await picture(), marked);
  await page.keyboard.press('Escape');
  await page.keyboard.press('0');
  assert.equal(await page.locator('#operators tr.selected').count(), 0);
  assert.equal(await picture(), whole);
  await page.locator('#operators tbody tr').nth(2).click();
  assert.equal(await page.locator('#operators tr.selected').count(), 1);
  assert.notEqual(await picture(), whole);
  await canvas.hover({ position: { x: width / 2, y: 85 } });
  assert.match(await page.locator('.tip').innerText(), /base, (GDMA|BDC): /);
  assert.deepEqual(complaints, []);
  await page.close();
});

const nothing = { queue: 'v', start: 'v', length: 'v', row: 'v' };

test('runs without commands, as tables of a board, have no timeline', async () => {
  const html = await readFile(file, 'utf8');
  const bare = path.join(folder, 'table.html');
  await writeFile(bare, withData(html, { ...dataOf(html), timelines: { base: nothing, now: nothing } }));
  const { page, complaints } = await open(bare);
  assert.equal(await page.locator('#timeline').isVisible(), false);
  assert.equal(await page.locator('nav a[href="#timeline"]').count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('runs without a waterfall, as of a capture, have no empty section', async () => {
  const html = await readFile(file, 'utf8');
  const data = dataOf(html);
  data.has_waterfall = false;
  data.differing = [];
  data.timelines = { base: nothing, now: nothing };
  data.figures = data.figures.filter(({ name }) => name === 'time_ps');
  data.base = { ...data.base, kind: 'measured', facts: {} };
  const bare = path.join(folder, 'bare.html');
  await writeFile(bare, withData(html, data));
  const { page, complaints } = await open(bare, { width: 390 });
  assert.deepEqual(complaints, []);
  assert.equal(await page.locator('#waterfall').isVisible(), false);
  assert.equal(await page.locator('#differs').isVisible(), false);
  assert.equal(await page.locator('nav a').count(), 3);
  assert.equal(await page.locator('.tile').count(), 1);
  await page.close();
});

test('words, tones and labels follow the figures', () => {
  assert.equal(paceText(4000, 3000).replaceAll('\u00a0', ' '), '25.0 % faster');
  assert.equal(paceText(3000, 4500).replaceAll('\u00a0', ' '), '50.0 % slower');
  assert.equal(paceText(7, 7), 'as fast as base');
  assert.equal(toneOf('less', 2, 1), 'better');
  assert.equal(toneOf('more', 2, 1), 'worse');
  assert.equal(toneOf('neutral', 2, 1), '');
  assert.equal(toneOf('less', 2, 2), '');
  assert.equal(rowLabel({ base: ['a', 'b'], now: ['c'] }), 'c (2 → 1)');
  assert.equal(rowLabel({ base: ['a'], now: [] }), 'a');
  const rows = [
    { type: 'Relu', match: 'same', base: ['a'], now: ['a'], base_ps: 5, now_ps: 6 },
    { type: 'Conv', match: 'same', base: ['b'], now: ['b'], base_ps: 9, now_ps: 2 },
  ];
  const order = { filter: '', key: 'change', isDown: true };
  assert.deepEqual(arrangedRows(rows, order).map(rowLabel), ['b', 'a']);
  assert.deepEqual(arrangedRows(rows, { ...order, filter: 'RELU' }).map(rowLabel), ['a']);
});

test('the list of modules has all of the folder, behind what they import', async () => {
  const list = (await readFile(path.join(kFolder, 'modules.txt'), 'utf8')).trim().split('\n');
  const own = (await readdir(kFolder)).filter((name) => name.endsWith('.mjs'));
  assert.deepEqual(list.filter((name) => !name.includes('/')).sort(), own.sort());
  const seen = new Set();
  const owner = new Map();
  for (const name of list) {
    const text = await readFile(path.join(kFolder, name), 'utf8');
    for (const [, source] of text.matchAll(/^import [^;]*from '([^']+)';/gm)) {
      const place = path.resolve(kFolder, path.dirname(name), source);
      assert.ok(seen.has(place), `${name} imports ${source}, which comes later`);
    }
    seen.add(path.resolve(kFolder, name));
    for (const [, declared] of text.matchAll(
      /^(?:export )?(?:async )?(?:function|class|const|let) ([\w$]+)/gm,
    )) {
      assert.ok(!owner.has(declared), `${declared}: ${owner.get(declared)} and ${name}`);
      owner.set(declared, name);
    }
  }
});
