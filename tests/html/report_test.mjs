// The HTML page in Debian's Chromium: it opens without an error and without a request, shows all of
// the data, and needs no mouse.
// Usage: node report_test.mjs TPUSCOPE [--picture] (the second rewrites docs/report.png).

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unpack } from '../../profiles/pages/common/columns.mjs';
import { meaningOf, meaningsOf } from '../../profiles/pages/common/glossary.mjs';
import { readData } from '../../profiles/pages/report/model.mjs';
import { dataOf, repeated, withData } from './page_data.mjs';
import { kProgram, pictureOf, ReportPages, run, selectedOp, settle } from './report_pages.mjs';

const kPicture = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs/report.png');
const pages = new ReportPages();
let single; // pages and reports of the same calls
let both;

const open = (file, options) => pages.open(file, options);
const fileOf = (name) => pages.fileOf(name);
const htmlOf = (file) => readFile(file, 'utf8');

before(async () => {
  await pages.start();
  ({ single, both } = pages);
});

after(() => pages.end());

test('pages open without a word on the console and without a request', async () => {
  for (const file of [single, both]) {
    const { page, complaints } = await open(file);
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test("the policy refuses scripts and styles that are not the page's own", async () => {
  const html = await htmlOf(single);
  assert.match(html, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  assert.doesNotMatch(html, /unsafe-|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  const file = fileOf('intruder.html');
  await writeFile(
    file,
    html.replace('</body>', '<script>document.title = "owned"</script></body>'),
  );
  const { page, complaints } = await open(file);
  assert.notEqual(await page.title(), 'owned');
  assert.ok(complaints.some((text) => /Content Security Policy/.test(text)));
  await page.close();
});

test('every command and operator of the report is in the page', async () => {
  const report = JSON.parse(await readFile(fileOf('both.json'), 'utf8'));
  const { runs } = readData(dataOf(await htmlOf(both)));
  let total = 0;
  [report.before, report.after].forEach((expected, i) => {
    const { spans, ops, waterfall, summary } = runs[i];
    total += spans.count;
    assert.equal(spans.count, expected.summary.bdc_commands + expected.summary.gdma_commands);
    assert.equal(spans.count, expected.spans.start_ps.length);
    for (let span = 0; span < spans.count; ++span) {
      assert.ok(Math.abs(spans.start[span] - expected.spans.start_ps[span] / 1000) <= 0.5);
      assert.ok(Math.abs(spans.end[span] - expected.spans.end_ps[span] / 1000) <= 0.5);
      assert.equal(ops.id[spans.op[span]], expected.spans.op[span]);
    }
    assert.deepEqual(
      ops.name,
      expected.ops.map((op) => op.name),
    );
    assert.deepEqual(
      [...ops.blame].map((ns) => Math.round(ns * 1000)),
      expected.ops.map((op) => op.blame_ps),
    );
    const sum = waterfall.reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - summary.time) < 1e-3, 'the waterfall adds up to the time');
  });
  const { page } = await open(both);
  assert.equal(await page.$eval('body', (body) => Number(body.dataset.spans)), total);
  await page.getByRole('button', { name: /^Show all/ }).click();
  assert.equal(await page.locator('#operators tbody tr').count(), report.after.ops.length);
  await page.close();
});

test('the row of operators tiles the run, and lifetimes stay within local memory', async () => {
  for (const { layers, spans, local, summary } of readData(dataOf(await htmlOf(both))).runs) {
    assert.equal(layers.start[0], 0);
    assert.equal(layers.end.at(-1), spans.makespan);
    for (let i = 0; i < layers.end.length; ++i) assert.ok(layers.end[i] >= layers.start[i]);
    const perLane = summary.local_memory_bytes / summary.lanes;
    for (let i = 0; i < local.from.length; ++i) {
      assert.ok(local.address[i] + local.bytes[i] <= perLane);
      assert.ok(local.until[i] > local.from[i] - 1 && local.until[i] <= spans.makespan);
    }
  }
});

test('a click on a row of the table selects the operator on the timeline and in both runs', async () => {
  const { page, complaints } = await open(both);
  const before = await pictureOf(page, '#timeline-canvas');
  const row = page.locator('#operators tbody tr').nth(3);
  const name = await row.locator('td').first().textContent();
  await row.click();
  await settle(page);
  const titles = await selectedOp(page);
  assert.equal(titles[0], name);
  assert.equal(titles[1], 'The same work before');
  assert.notEqual(await pictureOf(page, '#timeline-canvas'), before);
  assert.ok(await row.evaluate((node) => node.classList.contains('selected')));
  // To the other run and back.
  await page.locator('#details button.link').last().click();
  await settle(page);
  assert.equal((await selectedOp(page))[1], 'The same work after');
  await page.locator('#details button.link', { hasText: `${name}: ` }).click();
  await settle(page);
  assert.equal((await selectedOp(page))[0], name);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a click on a bar selects its command; a drag measures; Escape clears', async () => {
  const { page } = await open(single);
  const canvas = page.locator('#timeline-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  // The last row is TPU_BD; somewhere in its middle half something runs.
  for (let share = 0.3; share < 0.7 && (await selectedOp(page)).length === 0; share += 0.02) {
    await page.mouse.click(box.x + share * box.width, box.y + box.height - 16);
  }
  await settle(page);
  assert.match((await selectedOp(page))[0], /command \d+ of BDC/);
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await settle(page);
  assert.match(await page.locator('.measured').textContent(), /[mµ]s measured/);
  await canvas.focus();
  await page.keyboard.press('Escape');
  await settle(page);
  assert.deepEqual(await selectedOp(page), []);
  assert.ok(await page.locator('.measured').isHidden());
  await page.close();
});

test('the keyboard alone reaches, moves, selects, measures and returns', async () => {
  const { page, complaints } = await open(both);
  const isFocused = (selector) =>
    page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  let steps = 0;
  while (!(await isFocused('#timeline-canvas')) && ++steps < 60) await page.keyboard.press('Tab');
  assert.ok(steps < 60, 'Tab reaches the timeline');
  const outline = await page.$eval(
    '#timeline-canvas',
    (node) => getComputedStyle(node).outlineStyle,
  );
  assert.equal(outline, 'solid');
  const views = new Set([await pictureOf(page, '#timeline-canvas')]);
  for (const key of ['ArrowUp', 'ArrowRight', 'ArrowLeft', 'w', 'd', 's']) {
    await page.keyboard.press(key);
    await settle(page);
    views.add(await pictureOf(page, '#timeline-canvas'));
  }
  assert.ok(views.size >= 6, `${views.size} different views`);
  await page.keyboard.press('Enter');
  const first = (await selectedOp(page))[0];
  assert.match(first, /command \d+/);
  // The middle of the view may lie behind the end of the faster run: nothing follows there.
  await page.keyboard.press(',');
  assert.notEqual((await selectedOp(page))[0], first);
  await page.keyboard.press('.');
  assert.equal((await selectedOp(page))[0], first);
  await page.keyboard.press('PageUp');
  assert.notEqual((await selectedOp(page))[0], first);
  await page.keyboard.press('f');
  await page.keyboard.press('Shift+ArrowRight');
  await settle(page);
  assert.ok(await page.locator('.measured').isVisible());
  await page.keyboard.press('o');
  assert.equal((await selectedOp(page)).at(-1), 'The same work after');
  // On to the table, and back by selecting a row.
  await page.keyboard.press('Enter');
  if (!(await isFocused('#operators tr'))) await page.keyboard.press('Enter');
  assert.ok(await isFocused('#operators tr'));
  await page.keyboard.press('ArrowDown');
  const name = await page.evaluate(() => document.activeElement.firstElementChild.textContent);
  await page.keyboard.press('Enter');
  assert.equal((await selectedOp(page))[0], name);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('the table sorts by a column in both directions and filters', async () => {
  const { page } = await open(single);
  const names = () =>
    page.$$eval('#operators tbody tr td:first-child', (cells) =>
      cells.map((cell) => cell.textContent),
    );
  const title = page.locator('#operators th button', { hasText: 'operator' });
  await title.click();
  const ascending = await names();
  assert.deepEqual(ascending, [...ascending].sort());
  assert.equal(await page.locator('#operators th').first().getAttribute('aria-sort'), 'ascending');
  await title.click();
  assert.notDeepEqual((await names())[0], ascending[0]);
  await page.locator('#operators input').fill('softmax');
  const types = await page.$$eval('#operators tbody tr td:nth-child(2)', (cells) =>
    cells.map((cell) => cell.textContent),
  );
  assert.ok(types.length > 0 && types.every((type) => type === 'Softmax'));
  await page.close();
});

test('nothing overflows at 390 and 1280 pixels, light and dark, and both differ', async () => {
  for (const width of [390, 1280]) {
    const colours = new Set();
    for (const scheme of ['light', 'dark']) {
      const { page } = await open(both, { width, scheme });
      await page.locator('#operators tbody tr').first().click();
      await settle(page);
      const [content, room] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert.ok(content <= room, `${content} > ${room} pixels at ${width}`);
      colours.add(await page.$eval('body', (body) => getComputedStyle(body).backgroundColor));
      await page.getByRole('button', { name: /^Use (light|dark) colours/ }).click();
      colours.add(await page.$eval('body', (body) => getComputedStyle(body).backgroundColor));
      await page.close();
    }
    assert.equal(colours.size, 2);
  }
});

test('words that the glossary has are explained where somebody points at them, others are not', async () => {
  const meanings = meaningsOf([
    { term: 'load, store', meaning: 'DDR to local memory' },
    { term: 'held (tensor)', meaning: 'stays' },
  ]);
  assert.equal(meaningOf(meanings, 'Loads'), 'DDR to local memory');
  assert.equal(meaningOf(meanings, ' held '), 'stays');
  assert.equal(meaningOf(meanings, 'name'), null);
});

test('sensitivities are a section of their own only when it was asked for', async () => {
  const { page: plain } = await open(single);
  assert.equal(await plain.locator('#sensitivities').isVisible(), false);
  assert.equal(await plain.locator('nav a[href="#sensitivities"]').count(), 0);
  await plain.close();
  const asked = fileOf('asked.html');
  const report = fileOf('asked.json');
  await run(kProgram, ['profile', 'resnet50', '--sensitivities', '--html', asked, '--report', report]);
  const rows = JSON.parse(await readFile(report, 'utf8')).sensitivities;
  assert.deepEqual(dataOf(await htmlOf(asked)).sensitivities, rows);
  for (const width of [390, 1280]) {
    const { page, complaints } = await open(asked, { width });
    const lines = page.locator('#sensitivities tbody tr');
    const changing = rows.filter((row) => row.is !== 0);
    assert.equal(await lines.count(), changing.length);
    const largest = changing.reduce((a, b) =>
      Math.abs(b.elasticity) > Math.abs(a.elasticity) ? b : a,
    );
    assert.ok((await lines.first().textContent()).startsWith(largest.value));
    assert.equal(await page.locator('nav a[href="#sensitivities"]').count(), 1);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `${overflow} pixels stick out at ${width}`);
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test('names with tags, quotes, newlines and any script are shown as they are', async () => {
  const name = 'a"b\'</script><img src=x onerror=alert(1)> нейрон 神经 <!--';
  const data = dataOf(await htmlOf(both));
  for (const each of data.runs) {
    each.ops.name[0] = name;
    each.identity.model = name;
    each.memory.ddr.name[0] = name;
  }
  const file = fileOf('names.html');
  await writeFile(file, withData(await htmlOf(both), data));
  const { page, complaints } = await open(file);
  assert.deepEqual(complaints, []);
  assert.equal(await page.locator('h1').textContent(), name);
  assert.equal(await page.locator('#operators tbody td').first().textContent(), name);
  assert.equal(await page.locator('img').count(), 0);
  await page.close();
});

// The page of a network of one operator, whose name is awkward.
async function smallPage() {
  const model = fileOf('graph.txt');
  await writeFile(
    model,
    'x = Input f16[1,64,8,8]\n' + 'a = Relu(x) loc("</script><b>\\"нейрон\\" 神经")\nreturn a\n',
  );
  const file = fileOf('written.html');
  await run(kProgram, ['profile', model, '--html', file]);
  return file;
}

test('the program itself writes such names so that the page survives', async () => {
  const file = await smallPage();
  const { page, complaints } = await open(file);
  assert.deepEqual(complaints, []);
  const names = await page.$$eval('#operators td.name', (cells) =>
    cells.map((cell) => cell.textContent),
  );
  assert.ok(names.includes('</script><b>"нейрон" 神经'), names.join(', '));
  await page.close();
});

test('the same call writes the same bytes', async () => {
  const again = fileOf('again.html');
  await run(kProgram, ['compare', 'swin_t', '--html', again]);
  assert.ok((await readFile(again)).equals(await readFile(both)));
});

// --- speed ---

// Frames per second while the timeline moves back and forth at full width.
async function panRate(page) {
  await page.locator('#timeline-canvas').focus();
  return page.evaluate(async () => {
    const canvas = document.getElementById('timeline-canvas');
    const press = (key) =>
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const frame = () =>
      new Promise((resolve) => {
        requestAnimationFrame(resolve);
      });
    press('w');
    let best = 0;
    for (let turn = 0; turn < 3; ++turn) {
      const start = performance.now();
      for (let i = 0; i < 40; ++i) {
        press(i % 8 < 4 ? 'd' : 'a');
        await frame();
      }
      best = Math.max(best, 40_000 / (performance.now() - start));
    }
    return best;
  });
}

async function largePage(name, commands) {
  const html = await htmlOf(single);
  const data = dataOf(html);
  const times = Math.ceil(commands / data.runs[0].spans.count);
  data.runs[0] = repeated(data.runs[0], times);
  assert.equal(unpack(data.runs[0].spans.form).length, data.runs[0].spans.count);
  const file = fileOf(name);
  await writeFile(file, withData(html, data));
  return { file, count: data.runs[0].spans.count, bytes: (await stat(file)).size };
}

// Ratios to a page of few commands in the same browser, since a busy machine slows both.

test('200,000 commands pan at half the frame rate of a page of few or better', async (context) => {
  const { file, count, bytes } = await largePage('large.html', 200_000);
  const small = await open((await largePage('small.html', 1)).file);
  const reference = await panRate(small.page);
  await small.page.close();
  const { page, complaints } = await open(file);
  assert.deepEqual(complaints, []);
  const rate = await panRate(page);
  const painted = await page.$eval('body', (body) => body.dataset.painted);
  context.diagnostic(
    `${count} commands, ${(bytes / 1e6).toFixed(2)} MB: ${rate.toFixed(0)} frames/s of ` +
      `${reference.toFixed(0)}, first screen after ${painted} ms`,
  );
  assert.ok(rate >= reference / 2, `${rate.toFixed(1)} of ${reference.toFixed(1)} frames/s`);
  await page.close();
});

test('the time to paint a page grows no faster than its commands', async (context) => {
  const large = await largePage('medium.html', 100_000);
  const small = await largePage('few.html', 1);
  const fastest = { large: Infinity, small: Infinity };
  for (let turn = 0; turn < 5; ++turn) {
    for (const [name, file] of Object.entries({ large: large.file, small: small.file })) {
      const { page } = await open(file);
      const painted = await page.$eval('body', (body) => Number(body.dataset.painted));
      await page.close();
      fastest[name] = Math.min(fastest[name], painted);
    }
  }
  context.diagnostic(
    `${large.count} commands: painted after ${fastest.large} ms, ${small.count} after ${fastest.small} ms`,
  );
  const times = large.count / small.count;
  assert.ok(times >= 10, `${large.count}, ${small.count} commands`);
  assert.ok(fastest.large <= times * fastest.small, `${fastest.large}, ${fastest.small} ms`);
});

// --- the picture in the README ---

test(
  'the picture of the README is drawn',
  { skip: !process.argv.includes('--picture') },
  async () => {
    const { page } = await open(both, { width: 1280, height: 1340 });
    await page.evaluate(() => {
      // The table below the bars would push the timeline out of the picture.
      document.querySelector('#waterfall .scroll').remove();
      document.documentElement.style.overflow = 'hidden';
      document.documentElement.style.scrollBehavior = 'auto';
    });
    await page.evaluate(() => window.scrollTo(0, 0));
    await settle(page);
    await settle(page);
    await page.screenshot({ path: kPicture });
    assert.ok((await stat(kPicture)).size < 300_000);
    await page.close();
  },
);
