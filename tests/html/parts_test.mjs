// The report page in Chromium, part by part: the story on top, the network as a picture, and what
// the timeline marks: hits of a search, waits, gaps, the critical path, two runs at one operator.
// Usage: node parts_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { kProgram, pictureOf, ReportPages, run, selectedOp, settle } from './report_pages.mjs';

const pages = new ReportPages();
let single;
let both;

const open = (file, options) => pages.open(file, options);
const fileOf = (name) => pages.fileOf(name);

before(async () => {
  await pages.start();
  ({ single, both } = pages);
});

after(() => pages.end());

test('search finds operators by name and moves among them', async () => {
  const { page } = await open(both);
  await page.keyboard.press('/');
  await page.keyboard.type('softmax');
  await settle(page);
  const found = page.locator('#timeline .found');
  const many = Number(/1 of (\d+) · .*→.*%/.exec(await found.textContent())[1]);
  assert.ok(many > 1);
  const first = (await selectedOp(page))[0];
  await page.keyboard.press('Enter');
  assert.ok((await found.textContent()).startsWith(`2 of ${many} `));
  assert.notEqual((await selectedOp(page))[0], first);
  await page.locator('#timeline input').fill('no such operator');
  assert.equal(await found.textContent(), 'nothing found');
  await page.close();
});

test('every hit of a search is marked and summed, and the address brings the view back', async () => {
  const { page } = await open(both);
  const empty = await pictureOf(page, '#timeline-canvas');
  await page.locator('#timeline input').fill('softmax');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape'); // the selection goes, the marks stay
  await settle(page);
  const marked = await pictureOf(page, '#timeline-canvas');
  assert.notEqual(marked, empty);
  await page.keyboard.press('w');
  await page.locator('#operators tbody tr').nth(2).click();
  const titles = await selectedOp(page);
  await page.waitForFunction(() => /find=softmax/.test(location.hash) && /op=/.test(location.hash));
  const address = await page.evaluate(() => location.hash);
  await page.close();
  const { page: again } = await open(both, { address });
  assert.deepEqual(await selectedOp(again), titles);
  assert.equal(await again.locator('#timeline input').inputValue(), 'softmax');
  assert.match(await again.locator('#timeline .found').textContent(), /^1 of \d+/);
  await again.close();
});

test('the critical path and the longest gaps are shown on demand, and lead to their commands', async () => {
  const report = JSON.parse(await readFile(fileOf('both.json'), 'utf8'));
  const { page, complaints } = await open(both);
  const plain = await pictureOf(page, '#timeline-canvas');
  await page.getByRole('button', { name: 'Critical path' }).click();
  await settle(page);
  const withPath = await pictureOf(page, '#timeline-canvas');
  assert.notEqual(withPath, plain);
  const note = await page.locator('.noted').textContent();
  assert.equal(note.match(/critical path of the run/g).length, report.before ? 2 : 1);
  await page.locator('.gaps-of summary').click();
  await settle(page);
  assert.equal(await page.locator('.gaps li').count(), 10);
  assert.notEqual(await pictureOf(page, '#timeline-canvas'), withPath);
  await page.locator('.gaps li button').first().click();
  await settle(page);
  assert.match((await selectedOp(page))[0], /command \d+ of BDC/);
  await page.locator('.gaps-of summary').click();
  await page.getByRole('button', { name: 'Critical path' }).click();
  await page.locator('#timeline-canvas').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('0');
  await settle(page);
  assert.equal(await pictureOf(page, '#timeline-canvas'), plain);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('both runs are aligned at an operator of both, and not at nothing', async () => {
  const { page } = await open(both);
  const align = page.getByRole('button', { name: 'Align' });
  await align.click();
  assert.equal(await align.getAttribute('aria-pressed'), 'false');
  await page.locator('#operators tbody tr').nth(2).click();
  await page.getByRole('button', { name: 'All', exact: true }).first().click();
  await settle(page);
  const before = await pictureOf(page, '#timeline-canvas');
  await align.click();
  await settle(page);
  assert.equal(await align.getAttribute('aria-pressed'), 'true');
  const aligned = await pictureOf(page, '#timeline-canvas');
  assert.notEqual(aligned, before);
  await align.click();
  await page.getByRole('button', { name: 'All', exact: true }).first().click();
  await settle(page);
  assert.equal(await pictureOf(page, '#timeline-canvas'), before);
  await page.close();
});

test('a tip tells begin, end, shape, bytes and why a command waited, and goes when the view moves', async () => {
  const { page } = await open(single);
  const canvas = page.locator('#timeline-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const tip = page.locator('#timeline .tip');
  const texts = [];
  for (let x = 0.2; x < 0.8; x += 0.02) {
    await page.mouse.move(box.x + x * box.width, box.y + box.height - 56);
    if (await tip.isVisible()) texts.push(await tip.innerText());
  }
  assert.ok(texts.some((text) => /from .* to .*\n.*×.*×.*B at .*B\/s/.test(text)), texts[0]);
  assert.ok(texts.some((text) => /waited .* (for|to)/.test(text)));
  await canvas.focus();
  await page.keyboard.press('w');
  await settle(page);
  assert.equal(await tip.isVisible(), false);
  await page.close();
});

test('the story goes from before to after in steps whose members open on a click', async () => {
  const report = JSON.parse(await readFile(fileOf('both.json'), 'utf8'));
  const { page, complaints } = await open(both);
  const rows = page.locator('.story-row');
  const many = await rows.count();
  assert.ok(many > 3, `${many} rows`);
  const timeOf = async (row) => {
    const [, figure, unit] = /([\d.]+).(ms|µs)/.exec(await row.locator('b').textContent());
    return figure * (unit === 'ms' ? 1e9 : 1e6);
  };
  const near = (a, b) => assert.ok(Math.abs(a - b) <= 0.006 * b, `${a}, ${b}`);
  near(await timeOf(rows.first()), report.before.summary.time_ps);
  near(await timeOf(rows.last()), report.after.summary.time_ps);
  near(await timeOf(rows.nth(many - 2)), report.after.summary.time_ps);
  assert.match(await rows.last().textContent(), /boards .* to .* · \w+ .*%/);
  const step = page.locator('.story .step').first();
  const members = page.locator('.story .members').first();
  assert.equal(await members.isVisible(), false);
  await step.click();
  assert.ok((await members.locator('li').count()) > 1);
  await members.locator('button.link').first().click();
  assert.ok((await selectedOp(page)).length > 0);
  await step.click();
  assert.equal(await members.isVisible(), false);
  assert.deepEqual(complaints, []);
  await page.close();
  const { page: alone } = await open(single);
  assert.equal(await alone.locator('.story').count(), 0);
  await alone.close();
});

test('a budget is held against the run, within or over', async () => {
  const file = fileOf('budget.html');
  for (const [budget, said] of [
    ['50ms', /^Within the budget of 50/],
    ['1us', /^Over the budget of 1/],
  ]) {
    await run(kProgram, ['profile', 'resnet50', '--budget', budget, '--html', file, '--force']).catch(
      (failure) => assert.equal(failure.code, 1),
    );
    const { page } = await open(file);
    assert.match(await page.locator('#verdict p', { hasText: 'budget' }).textContent(), said);
    await page.close();
  }
  const { page } = await open(single);
  assert.equal(await page.locator('#verdict p', { hasText: 'budget' }).count(), 0);
  await page.close();
});

test('the picture of the network selects everywhere and follows what is selected elsewhere', async () => {
  const { page, complaints } = await open(both);
  assert.equal(await page.locator('.network-canvas').count(), 2);
  const canvas = page.locator('.network-canvas').last();
  const picture = () => canvas.evaluate((node) => node.toDataURL());
  const all = Number(await canvas.getAttribute('data-drawn'));
  await canvas.focus();
  await page.keyboard.press('Enter'); // what is in the middle, if anything
  if ((await selectedOp(page)).length === 0) {
    await page.locator('#operators tbody tr').first().click();
    await canvas.focus();
  }
  await settle(page);
  const first = await selectedOp(page);
  await page.keyboard.press('.');
  await settle(page);
  await page.keyboard.press('f');
  await settle(page);
  // Enlarged, only what is in view is drawn.
  const near = Number(await canvas.getAttribute('data-drawn'));
  assert.ok(near > 0 && near < all, `${near} of ${all}`);
  assert.notDeepEqual(await selectedOp(page), first);
  const before = await picture();
  await page.locator('#operators tbody tr').nth(5).click();
  await settle(page);
  assert.notEqual(await picture(), before);
  await canvas.focus();
  await page.keyboard.press('Escape');
  assert.deepEqual(await selectedOp(page), []);
  // A click between nodes takes the selection away, one on a node takes it.
  await page.keyboard.press('0');
  await settle(page);
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  for (let x = 0.1; x < 0.9 && (await selectedOp(page)).length === 0; x += 0.01) {
    await page.mouse.click(box.x + x * box.width, box.y + box.height / 2);
  }
  assert.ok((await selectedOp(page)).length > 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('the time says on what kinds of numbers it rests, and the kinds add up to it', async () => {
  const report = JSON.parse(await readFile(fileOf('single.json'), 'utf8'));
  const { page } = await open(single);
  const kinds = await page.$$eval('#verdict .hinted', (nodes) =>
    nodes.map((node) => [node.textContent, node.title]),
  );
  assert.ok(kinds.length > 1);
  const shares = kinds.map(([text]) => Number(/[\d.]+/.exec(text)[0]));
  assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 100) < 0.3, shares.join(', '));
  assert.ok(kinds.every(([, values]) => values.length > 0));
  assert.ok(report.summary.time_ps > 0);
  await page.close();
});

test('missing capabilities are ranked where they were asked for, and else have no section', async () => {
  const { capabilities } = JSON.parse(await readFile(fileOf('single.json'), 'utf8'));
  const { page, complaints } = await open(single);
  const names = await page.$$eval('#capabilities table:first-of-type tbody tr', (rows) =>
    rows.map((row) => row.firstElementChild.textContent),
  );
  for (const { name } of capabilities.rows) assert.ok(names.includes(name), name);
  assert.deepEqual(complaints, []);
  await page.close();
  const { page: other } = await open(both);
  assert.equal(await other.locator('#capabilities').isVisible(), false);
  assert.equal(await other.locator('#capabilities table').count(), 0);
  await other.close();
});

test('figures tell what they rest on where somebody points at them, and the selected operator says why', async () => {
  const { page } = await open(single);
  const tips = await page.$$eval('.tile[title]', (tiles) =>
    tiles.map((tile) => [tile.querySelector('dt').textContent, tile.title]),
  );
  const time = tips.find(([name]) => name === 'Time')[1];
  assert.match(time, /80 % of comparable networks took .* on boards/);
  assert.match(time, /Evidence of the time: [\d.]+.% inferred/);
  // What the plan alone decides rests on no price.
  assert.ok(!tips.some(([name]) => name === 'Local memory'));
  const cells = await page.$$eval('#operators tbody tr td[title^="evidence"]', (nodes) =>
    nodes.map((node) => node.title),
  );
  assert.equal(cells.length, await page.locator('#operators tbody tr').count());
  for (const text of cells) {
    const sum = [...text.matchAll(/([\d.]+).%/g)].reduce((total, match) => total + Number(match[1]), 0);
    assert.ok(Math.abs(sum - 100) < 0.3, text);
  }
  assert.equal(await page.locator('#details dt', { hasText: 'evidence' }).count(), 0);
  await page.locator('#operators tbody tr').first().click();
  assert.match(await page.locator('#details').innerText(), /evidence\s+[\d.]+.% /);
  await page.close();
});

test('titles that the glossary has explain themselves, also those that come later', async () => {
  const { page } = await open(both);
  const tips = () => page.$$eval('th[title], dt[title], h2[title], h3[title]', (nodes) => nodes.length);
  assert.ok((await tips()) > 3);
  const title = page.locator('#operators th', { hasText: 'attributed' });
  await title.hover();
  assert.notEqual(await title.getAttribute('title'), null);
  await page.close();
});
