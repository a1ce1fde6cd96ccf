// What tests of the report page share: pages of the same network alone and compared, and a browser
// in which they are opened.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startBrowser } from './browser.mjs';

export const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
export const run = promisify(execFile);

/** Pages and reports of the same calls, a browser, and what opens a page in it. */
export class ReportPages {
  async start() {
    this.folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-html-'));
    this.single = this.fileOf('single.html');
    this.both = this.fileOf('both.html');
    const singles = ['profile', 'swin_t', '--capabilities', '--html', this.single, '--report', this.fileOf('single.json')];
    const boths = ['compare', 'swin_t', '--html', this.both, '--report', this.fileOf('both.json')];
    await run(kProgram, singles);
    await run(kProgram, boths);
    this.browser = await startBrowser();
  }

  async end() {
    await this.browser?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  fileOf(name) {
    return path.join(this.folder, name);
  }

  /** A page that is ready, and all that it complained about or asked for on the way. */
  async open(file, { width = 1280, height = 900, scheme = 'light', address = '' } = {}) {
    const page = await this.browser.context.newPage();
    const complaints = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    const link = pathToFileURL(file).href + address;
    page.on('request', (request) => {
      if (request.url() !== link) complaints.push(`request: ${request.url()}`);
    });
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(link);
    await page
      .waitForSelector('body[data-ready="1"]', { timeout: 30_000 })
      .catch((error) =>
        assert.fail(`the page does not get ready: ${error.message}\n${complaints.join('\n')}`),
      );
    return { page, complaints };
  }
}

/** The canvas's picture as a string, to see whether it changed. */
export const pictureOf = (page, selector) => page.$eval(selector, (canvas) => canvas.toDataURL());

/** Waits until what was asked for is drawn. */
export const settle = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }),
  );

/** Titles of what is selected. */
export const selectedOp = (page) =>
  page.$$eval('#details h3', (titles) => titles.map((title) => title.textContent));
