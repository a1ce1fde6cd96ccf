// The page of a validation in Debian's Chromium: every measured row is a point and a line of the
// table, nothing is asked for, and light and dark both draw.
// Usage: node accuracy_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  decadesOf,
  nearestPoint,
  pointsOf,
  scalesOf,
  sentenceOf,
} from '../../profiles/pages/accuracy/points.mjs';
import { startBrowser } from './browser.mjs';
import { dataOf, withData } from './page_data.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const kFolder = fileURLToPath(new URL('../../profiles/pages/accuracy/', import.meta.url));
const kTable = `model_file,chip,cores,precision,ms_per_batch,quality
conv.tpu,bm1684x,1,FP32,1,good
conv.tpu,bm1684x,1,FP16,0.2,good
conv.tpu,bm1684x,1,INT8,0.3,mixed_precision
conv.tpu,bm1688,1,FP32,9,suspect
conv.tpu,bm1688,2,FP16,0.4,good
</script><b>.tpu,bm1684x,1,FP32,1,good
`;
const kNetwork = `x = Input f32[1,64,56,56]
w = Weight f32[64,64,3,3]
y = Conv(x, w) strides=[1,1] pads=[1,1,1,1]
return y
`;
const run = promisify(execFile);
let folder;
let browser;
let file;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-accuracy-'));
  file = path.join(folder, 'accuracy.html');
  await writeFile(path.join(folder, 'board.csv'), kTable);
  await writeFile(path.join(folder, 'conv.tpu'), kNetwork);
  const words = ['validate', '--measured', path.join(folder, 'board.csv'), '--models', folder];
  await run(kProgram, [...words, '--html', file]);
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

const pictureOf = (page) => page.$eval('#scatter .frame canvas', (canvas) => canvas.toDataURL());
const pointCount = (page) =>
  page.$eval('#scatter .frame canvas', (canvas) => Number(canvas.dataset.points));

test('the page opens without a word on the console and without a request', async () => {
  for (const scheme of ['light', 'dark']) {
    const { page, complaints } = await open(file, { scheme });
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test("the policy refuses scripts that are not the page's own, also out of the data", async () => {
  const html = await readFile(file, 'utf8');
  assert.match(html, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  assert.doesNotMatch(html, /unsafe-|https?:\/\//);
  // Glossary, data, and the page's script.
  assert.equal(html.match(/<script/g).length, 3);
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

test('every row is a line, and every predicted row a point', async () => {
  const data = dataOf(await readFile(file, 'utf8'));
  assert.equal(data.rows.length, 6);
  const { page } = await open(file);
  assert.equal(await page.locator('#rows tbody tr').count(), 6);
  assert.equal(await pointCount(page), 5);
  // The row without a network says why, as text.
  const first = await page.locator('#rows tbody tr').first().textContent();
  assert.match(first, /no folder of models has/);
  await page.getByRole('button', { name: 'bm1688' }).click();
  assert.equal(await pointCount(page), 2);
  await page.getByRole('button', { name: 'all chips' }).click();
  assert.equal(await pointCount(page), 5);
  await page.close();
});

test('the figures are those of the data', async () => {
  const data = dataOf(await readFile(file, 'utf8'));
  const { page } = await open(file);
  const last = page.locator('#figures table').first().locator('tbody tr').last();
  const cells = await last.locator('td').allTextContents();
  assert.equal(cells[0], 'all');
  assert.equal(cells[2], String(data.total.rows));
  assert.equal(cells[3], data.total.factor.toFixed(3));
  const gains = page.locator('#figures table').last().locator('tbody tr');
  assert.equal(await gains.count(), data.gains.length);
  assert.match(await gains.first().textContent(), /f32 to f16.*bm1684x/);
  await page.close();
});

test('light, dark and a narrow window draw differently, and the button changes the theme', async () => {
  const { page } = await open(file);
  const light = await pictureOf(page);
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  const dark = await pictureOf(page);
  assert.notEqual(dark, light);
  await page.close();
  // With as many chips as there are, the row of their buttons is wider than the screen.
  const html = await readFile(file, 'utf8');
  const data = dataOf(html);
  for (const chip of ['bm1684', 'cv186x', 'sg2380', 'bm1690', 'sg2260e'])
    data.rows.push({ ...data.rows[0], chip, model: `folder/${'network_'.repeat(5)}${chip}.onnx` });
  const many = path.join(folder, 'many.html');
  await writeFile(many, withData(html, data));
  for (const target of [file, many]) {
    const { page: narrow } = await open(target, { width: 390 });
    const overflow = await narrow.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `${overflow} pixels stick out`);
    // Names of networks are on one line each, the table scrolls.
    const lines = await narrow.locator('#rows td.whole').evaluateAll((cells) =>
      cells.map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
      }),
    );
    assert.ok(lines.length > 0);
    assert.equal(Math.max(...lines), 1);
    await narrow.close();
  }
});

test('a point tells its row to the pointer', async () => {
  const { page } = await open(file);
  const data = dataOf(await readFile(file, 'utf8'));
  const [row] = data.rows;
  const canvas = page.locator('#scatter .frame canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const points = pointsOf(data.rows, null);
  const size = Math.min(620, box.width - 62 - 14);
  const scales = scalesOf(decadesOf(points), size, 62, 12);
  await page.mouse.move(
    box.x + scales.x(row.measured_ms),
    box.y + scales.y(row.predicted_ps * 1e-9),
  );
  const tip = page.locator('#scatter .tip');
  assert.equal(await tip.isVisible(), true);
  assert.equal(await tip.textContent(), sentenceOf(row));
  await page.close();
});

test('a page without any prediction still opens', async () => {
  const html = await readFile(file, 'utf8');
  const data = dataOf(html);
  data.rows = data.rows.filter((row) => row.error !== undefined);
  data.total = { ...data.total, rows: 0 };
  for (const { key } of data.tables) data[key] = [];
  const empty = path.join(folder, 'empty.html');
  await writeFile(empty, withData(html, data));
  const { page, complaints } = await open(empty);
  assert.deepEqual(complaints, []);
  assert.match(await page.locator('.verdict').textContent(), /No good row/);
  await page.close();
});

test('both axes have one scale, so that a right prediction lies on the diagonal', () => {
  const points = [
    { x: 0.5, y: 20 },
    { x: 30, y: 3 },
  ];
  const decades = decadesOf(points);
  assert.deepEqual(decades, { from: -1, to: 2 });
  const scales = scalesOf(decades, 300, 10, 5);
  assert.equal(scales.x(0.1), 10);
  assert.equal(scales.x(100), 310);
  assert.equal(scales.y(0.1), 305);
  assert.equal(scales.y(100), 5);
  for (const value of [0.2, 1, 50]) {
    assert.ok(Math.abs(scales.x(value) - 10 - (305 - scales.y(value))) < 1e-9);
  }
  assert.deepEqual(decadesOf([]), { from: 0, to: 1 });
});

test('the nearest point within reach is found, and none beyond', () => {
  const placed = [
    { px: 0, py: 0 },
    { px: 10, py: 0 },
  ];
  assert.equal(nearestPoint(placed, 7, 0, 5), placed[1]);
  assert.equal(nearestPoint(placed, 5, 20, 5), null);
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
