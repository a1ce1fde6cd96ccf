// The page of a language model in Debian's Chromium: its figures are those of the answer, its table
// opens the pages of its nets, nothing is asked for, and names that look like markup are text.
// Usage: node language_test.mjs TPUSCOPE

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startBrowser } from './browser.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
const kConfig = JSON.stringify({
  model_type: 'qwen2',
  hidden_size: 512,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  intermediate_size: 1024,
  vocab_size: 4096,
});
const run = promisify(execFile);
let folder;
let browser;
let answer;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-language-'));
  const model = path.join(folder, '<b>model');
  await mkdir(model);
  await writeFile(path.join(model, 'config.json'), kConfig);
  const words = ['llm', model, '--curve', '--variants', '--rows', '--force'];
  const pages = ['--pages', path.join(folder, 'pages'), '--html', path.join(folder, 'one.html')];
  const { stdout } = await run(kProgram, [...words, ...pages, '--json']);
  answer = JSON.parse(stdout);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(name, scheme = 'light') {
  const page = await browser.context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
  });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(pathToFileURL(path.join(folder, name)).href);
  await page.waitForSelector('body[data-ready="1"]');
  return { page, complaints };
}

const rowsOf = (page, section) => page.locator(`#${section} tbody tr`).count();

test('the page tells what the answer tells', async () => {
  for (const scheme of ['light', 'dark']) {
    const { page, complaints } = await open('one.html', scheme);
    assert.equal(await page.locator('h1').textContent(), '<b>model');
    assert.match(
      (await page.locator('.verdict').textContent()) ?? '',
      new RegExp(`^${Math.round(answer.summary.tokens_per_s)}`),
    );
    assert.equal(await rowsOf(page, 'nets'), answer.decode.nets.length + answer.prefill.nets.length);
    assert.equal(await rowsOf(page, 'curve'), answer.curve.length);
    assert.equal(await rowsOf(page, 'variants'), answer.variants.length);
    assert.equal(await rowsOf(page, 'rows'), answer.rows_per_step.length);
    assert.equal(await page.locator('#nets a').count(), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test('rows of the table of nets open the ordinary reports of these nets', async () => {
  const { page, complaints } = await open('pages/index.html');
  await page.locator('#nets a', { hasText: 'block_cache' }).first().click();
  await page.waitForSelector('body[data-ready="1"]');
  assert.match(await page.title(), /block_cache/);
  assert.ok(await page.locator('#operators').count());
  assert.deepEqual(complaints, []);
  await page.close();
});
