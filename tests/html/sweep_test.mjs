// The page of a sweep: its selections by themselves, how its modules are joined, and the page in
// Debian's Chromium, in light and dark, without an error and without a request.
// Usage: node sweep_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  axesInOrder,
  bestOf,
  cellsOver,
  figureText,
  frontOver,
  hasFront,
  linesAlong,
  placesOf,
  readSweep,
  valuesAt,
} from '../../profiles/pages/sweep/sweep_data.mjs';
import { startBrowser } from './browser.mjs';
import { dataOf, withData } from './page_data.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const kFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../profiles/pages/sweep');
const run = promisify(execFile);
let folder;
let browser;
let groups; // one numeric axis and one of words
let grid; // two numeric axes and one of words, with points that fail

const fileOf = (name) => path.join(folder, name);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-sweep-'));
  groups = fileOf('groups.html');
  grid = fileOf('grid.html');
  await run(kProgram, [
    'sweep', 'swin_t', '--vary', 'passes.layer_group.max_ops=1,2,4,8,16,32',
    '--vary', 'precision=f16,int8', '--html', groups,
  ]);
  await run(kProgram, [
    'sweep', 'resnet50', '--vary', 'chip.command.load_bytes_per_cycle=8:64:*2',
    '--vary', 'chip=bm1684x,bm1684', '--vary', 'batch=1,2,4', '--html', grid,
  ]);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(file, { width = 1280, height = 900, scheme = 'light' } = {}) {
  const page = await browser.context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) complaints.push(`request: ${request.url()}`);
  });
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(pathToFileURL(file).href);
  await page
    .waitForSelector('body[data-ready="1"]', { timeout: 30_000 })
    .catch((error) => assert.fail(`not ready: ${error.message}\n${complaints.join('\n')}`));
  return { page, complaints };
}

const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
const pictureOf = (page, selector) => page.$eval(selector, (canvas) => canvas.toDataURL());

// --- selections ---

// Two by three points; figures are 10 * a + b.
function small(errors = {}) {
  const axes = [
    { key: 'a', values: ['1', '4'], numbers: [1, 4] },
    { key: 'w', values: ['x', 'y', 'z'], numbers: null },
  ];
  return readSweep({
    axes,
    index: [0, 1, 2, 3, 4, 5],
    bound: [],
    unbeaten: [],
    errors,
    figures: { time_ps: [10, 11, 12, 20, 21, 22] },
  });
}

test('the last axis changes fastest', () => {
  assert.deepEqual(
    small().points.map(({ values }) => values.join('')),
    ['00', '01', '02', '10', '11', '12'],
  );
  assert.deepEqual(valuesAt([{ values: [1, 2, 3] }], 2), [2]);
});

test('a line has the points that differ along its axis, failed ones left out', () => {
  const lines = linesAlong(small({ 4: 'broken' }), 0, 'time_ps');
  assert.deepEqual(
    lines.map(({ label, dots }) => [label, dots.map(({ y }) => y)]),
    [
      ['w=x', [10, 20]],
      ['w=y', [11]],
      ['w=z', [12, 22]],
    ],
  );
});

test('a front is drawn where a figure is weighed against a number, cheapest points first', () => {
  const sweep = small({ 1: 'broken' });
  assert.deepEqual(
    frontOver(sweep, 0, 'time_ps').map(({ y }) => y),
    [12, 10, 22, 21, 20],
  );
  const time = { metric: 'time_ps', axis: 0 };
  assert.ok(hasFront({ pareto: [time, { metric: null, axis: 0 }] }));
  assert.ok(!hasFront({ pareto: [time, { metric: 'ddr_bytes', axis: 0 }] }));
});

test('the page shows the front where numbers are varied, and only there', async () => {
  const { page, complaints } = await open(grid);
  assert.ok(await page.isVisible('#front'));
  const data = dataOf(await readFile(grid, 'utf8'));
  const front = data.unbeaten.filter((is) => is === 1).length;
  assert.ok(front > 0);
  assert.equal(await page.getAttribute('body', 'data-front'), String(front));
  assert.deepEqual(complaints, []);
  await page.close();
  const words = fileOf('words.html');
  await run(kProgram, ['sweep', 'resnet50', '--vary', 'precision=f16,int8', '--html', words]);
  const other = await open(words);
  assert.ok(!(await other.page.isVisible('#front')));
  assert.deepEqual(other.complaints, []);
  await other.page.close();
});

test('cells lie at their values of two axes', () => {
  const rows = cellsOver(small(), 1, 0, [0, 0]);
  assert.deepEqual(
    rows.map((row) => row.map((point) => point.index)),
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  );
});

test('factors are evenly far apart, steps by their size, words and a limit of 0 side by side', () => {
  const places = (numbers) => placesOf({ values: numbers.map(String), numbers });
  assert.deepEqual(places([1, 10, 100]), [0, 0.5, 1]);
  assert.deepEqual(places([10, 15, 30]), [0, 0.25, 1]);
  assert.deepEqual(places([0, 8, 32]), [0, 0.5, 1]);
  assert.deepEqual(placesOf({ values: ['a', 'b', 'c'], numbers: null }), [0, 0.5, 1]);
  assert.deepEqual(placesOf({ values: ['a'], numbers: null }), [0.5]);
});

test('numbers come before words, and the best by the side that is better', () => {
  assert.deepEqual(axesInOrder([{ numbers: null }, { numbers: [1] }]), [1, 0]);
  const { points } = small({ 0: 'broken' });
  assert.equal(bestOf(points, { name: 'time_ps', larger_is_better: false }).index, 1);
  assert.equal(bestOf(points, { name: 'time_ps', larger_is_better: true }).index, 5);
  assert.equal(bestOf([], { name: 'time_ps' }), null);
});

test('figures have the unit that their name tells', () => {
  assert.equal(plain(figureText('time_ps', 2.5e9)), '2.50 ms');
  assert.equal(plain(figureText('ddr_bytes', 2 ** 20)), '1.00 MiB');
  assert.equal(plain(figureText('compute_utilisation', 0.125)), '12.5 %');
  assert.equal(plain(figureText('commands', 1478)), '1 478');
});

// --- how the modules are joined ---

test('every module is in the list behind what it imports from, and no name is declared twice', async () => {
  const names = (await readFile(path.join(kFolder, 'modules.txt'), 'utf8')).trim().split('\n');
  const own = (await readdir(kFolder)).filter((name) => name.endsWith('.mjs'));
  assert.deepEqual(names.filter((name) => !name.startsWith('..')).sort(), own.sort());
  const seen = new Set();
  const owner = new Map();
  for (const name of names) {
    const file = path.join(kFolder, name);
    const text = await readFile(file, 'utf8');
    for (const [statement, source] of text.matchAll(/^import [^;]*from '([^']+)';/gm)) {
      assert.doesNotMatch(statement, / as |\* /, `${name}: ${statement}`);
      const target = path.join(path.dirname(file), source);
      assert.ok(seen.has(target), `${name} imports ${source}, which comes later`);
    }
    for (const [, declared] of text.matchAll(
      /^(?:export )?(?:async )?(?:function|class|const|let) ([\w$]+)/gm,
    )) {
      assert.ok(!owner.has(declared), `${declared}: ${owner.get(declared)} and ${name}`);
      owner.set(declared, name);
    }
    seen.add(file);
  }
});

// --- the page ---

test('pages open in light and dark without a word on the console and without a request', async () => {
  for (const file of [groups, grid]) {
    for (const scheme of ['light', 'dark']) {
      const { page, complaints } = await open(file, { scheme });
      assert.deepEqual(complaints, []);
      await page.close();
    }
  }
});

test('the policy names the script and the style that are in the page, and allows nothing else', async () => {
  const html = await readFile(groups, 'utf8');
  assert.match(html, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  assert.doesNotMatch(html, /(src|href)="(?!#)/);
});

test('the size of groups is answered in the first sentence, with a line per precision', async () => {
  const { page } = await open(groups);
  const data = dataOf(await readFile(groups, 'utf8'));
  const verdict = plain(await page.textContent('.verdict'));
  const best = Math.min(...data.figures.time_ps);
  assert.match(verdict, /^Best time: .* ms with passes\.layer_group\.max_ops=\d+, precision=int8\.$/);
  assert.ok(verdict.includes(plain(figureText('time_ps', best))));
  assert.equal(await page.getAttribute('body', 'data-lines'), '2');
  assert.deepEqual(await page.$$eval('#lines .legend li:not(.note)', (items) =>
    items.map((item) => item.textContent.slice(2)),
  ), ['precision=f16', 'precision=int8']);
  assert.equal(await page.$$eval('.sentences li', (items) => items.length), data.sentences.length);
  await page.close();
});

test('the knees of the lines are marked, for the figure that they are knees of', async () => {
  const data = dataOf(await readFile(groups, 'utf8'));
  assert.ok(data.knees.length > 0 && data.knees.every(({ axis }) => axis === 0));
  const without = fileOf('without.html');
  await writeFile(without, withData(await readFile(groups, 'utf8'), { ...data, knees: [] }));
  const pictures = [];
  for (const file of [groups, without]) {
    const { page, complaints } = await open(file);
    pictures.push(await pictureOf(page, '#lines canvas'));
    await page.selectOption('#lines select >> nth=0', 'ddr_bytes');
    pictures.push(await pictureOf(page, '#lines canvas'));
    assert.deepEqual(complaints, []);
    await page.close();
  }
  assert.notEqual(pictures[0], pictures[2]);
  assert.equal(pictures[1], pictures[3]);
});

test('every point is in the table; a column sorts it both ways, by keyboard as well', async () => {
  const { page } = await open(groups);
  const first = () => page.$eval('.points tbody tr td:nth-child(3)', (cell) => cell.textContent);
  const data = dataOf(await readFile(groups, 'utf8'));
  assert.equal((await page.$$('.points tbody tr')).length, 12);
  const head = () => page.$('.points th:nth-child(3) button');
  await (await head()).press('Enter');
  assert.equal(await first(), figureText('time_ps', Math.min(...data.figures.time_ps)));
  await (await head()).press('Enter');
  assert.equal(await first(), figureText('time_ps', Math.max(...data.figures.time_ps)));
  assert.equal(await page.getAttribute('.points th:nth-child(3)', 'aria-sort'), 'descending');
  await page.close();
});

test('the heat map holds the other axes and changes with them; failed points are reported', async () => {
  const { page, complaints } = await open(grid);
  assert.equal(await page.getAttribute('body', 'data-cells'), '12');
  const shown = await pictureOf(page, '#heat canvas');
  await page.selectOption('#heat label:has-text("chip") >> nth=-1 >> select', { label: 'bm1684' });
  assert.equal(await page.getAttribute('body', 'data-cells'), '0');
  assert.match(await page.textContent('#heat'), /a point that failed/);
  assert.notEqual(await pictureOf(page, '#heat canvas'), shown);
  assert.equal((await page.$$('.points td.failure')).length, 12);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a heat map of sixty columns names as many as fit, has no seams and says what its shades are; a narrow one of few names all', async () => {
  const model = fileOf('relu.tpu');
  await writeFile(model, 'x = Input f16[1,64,8,8]\na = Relu(x)\nreturn a\n');
  const wide = fileOf('wide.html');
  await run(kProgram, [
    'sweep', model, '--vary', 'chip.ddr.peak_gbps=10:69:1', '--vary', 'batch=1,2', '--html', wide,
  ]);
  const everyOf = async (file) => {
    const { page } = await open(file);
    const every = Number(await page.getAttribute('#heat canvas', 'data-every'));
    await page.close();
    return every;
  };
  assert.ok((await everyOf(wide)) > 1);
  assert.equal(await everyOf(grid), 1);
  // Of cells side by side, which get darker from left to right, no pixel is lighter than the one before.
  const { page } = await open(wide, { width: 390 });
  const seams = await page.$eval('#heat canvas', (canvas) => {
    const row = canvas.getContext('2d').getImageData(0, Math.round(20 * devicePixelRatio), canvas.width, 1).data;
    const inCells = Array.from({ length: canvas.width }, (_, i) => [row[4 * i], row[4 * i + 3]]).filter(
      ([, alpha], i) => alpha > 0 && i >= 108 * devicePixelRatio,
    );
    return inCells.filter(([red, alpha], i) => alpha < 255 || (i > 0 && red > inCells[i - 1][0])).length;
  });
  assert.equal(seams, 0);
  assert.match(await page.textContent('#heat'), /Darker is better, from \d.* to \d/);
  await page.close();
});

test('charts show another figure and another axis when asked', async () => {
  const { page } = await open(grid);
  const before_ = await pictureOf(page, '#lines canvas');
  await page.selectOption('#lines select >> nth=0', 'ddr_bytes');
  const bytes = await pictureOf(page, '#lines canvas');
  assert.notEqual(bytes, before_);
  await page.selectOption('#lines select >> nth=1', { label: 'chip' });
  assert.notEqual(await pictureOf(page, '#lines canvas'), bytes);
  await page.close();
});

test('light becomes dark at a click, and canvases follow', async () => {
  const { page } = await open(groups);
  const light = await pictureOf(page, '#lines canvas');
  await page.click('.theme');
  assert.equal(await page.$eval('html', (root) => root.dataset.theme), 'dark');
  assert.notEqual(await pictureOf(page, '#lines canvas'), light);
  await page.close();
});

test('a pointer on a dot tells its settings and what bounds it', async () => {
  const { page } = await open(groups);
  await page.locator('#lines canvas').scrollIntoViewIfNeeded();
  const box = await (await page.$('#lines canvas')).boundingBox();
  let text = '';
  for (let y = 10; y < box.height && text === ''; y += 6) {
    await page.mouse.move(box.x + 77, box.y + y);
    text = await page.$eval('#lines .tip', (tip) => (tip.hidden ? '' : tip.textContent));
  }
  assert.match(plain(text), /max_ops=1, precision=.*: .* ms, bound by /);
  await page.close();
});

test('nothing is cut off on a narrow screen, and words from a file stay words', async () => {
  const html = await readFile(groups, 'utf8');
  const data = dataOf(html);
  data.model = '</script><img src=x onerror=alert(1)>';
  const hostile = fileOf('hostile.html');
  await writeFile(hostile, withData(html, data));
  const { page, complaints } = await open(hostile, { width: 360, height: 740 });
  assert.deepEqual(complaints, []);
  assert.equal(await page.textContent('h1'), data.model);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  await page.close();
});
