// Two readers of the Chrome trace format that are not ours. speedscope complains about spans that do
// not nest; the Performance panel of DevTools shows the range that it found.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const kFolder = path.dirname(fileURLToPath(import.meta.url));
const kSpeedscope = path.join(kFolder, 'node_modules/speedscope/dist/release/index.html');

/** What speedscope says about a trace: console lines, dialogs, and the page's title. */
export async function openInSpeedscope(browser, trace) {
  // The way its own command line hands files over: a script that calls back with the content.
  const content = (await readFile(trace)).toString('base64');
  const script = `${trace}.js`;
  await writeFile(script, `speedscope.loadFileFromBase64("trace.json", "${content}")`);
  const page = await browser.context.newPage();
  const messages = [];
  let done;
  const finished = new Promise((resolve) => { done = resolve; });
  page.on('console', (message) => {
    messages.push(message.text());
    if (message.text().startsWith('import:')) done();
  });
  page.on('pageerror', (error) => { messages.push(`page error: ${error.message}`); done(); });
  page.on('dialog', async (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
    done();
  });
  const timer = setTimeout(() => { messages.push('no answer within 60 s'); done(); }, 60_000);
  await page.goto(`${pathToFileURL(kSpeedscope)}#localProfilePath=${script}`);
  await finished;
  clearTimeout(timer);
  await page.waitForFunction(() => document.title !== 'speedscope', null, { timeout: 5_000 })
    .catch(() => {});  // a refused trace leaves the title alone
  const title = await page.title();
  await page.close();
  return { messages, title };
}

/** The complaints among speedscope's messages; none for a trace whose spans nest. */
export function complaints(messages) {
  return messages.filter((text) =>
    /Tried to end|Closing automatically|page error|no answer|dialog:/i.test(text));
}

// Texts of the page, those of custom elements included.
function visibleTexts() {
  const texts = [];
  const visit = (node) => {
    if (node.nodeName === 'STYLE' || node.nodeName === 'SCRIPT') return;
    if (node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '') {
      texts.push(node.textContent.trim());
    }
    if (node.shadowRoot) visit(node.shadowRoot);
    node.childNodes.forEach(visit);
  };
  visit(document.documentElement);
  return texts;
}

/** Milliseconds in "Full range (0.50 ms)", or undefined. */
export function fullRange(texts) {
  for (const text of texts) {
    const found = /Full range \(([\d.,]+)\s*(μs|µs|ms|s)\)/.exec(text);
    if (found) {
      const unit = { 'μs': 1e-3, 'µs': 1e-3, ms: 1, s: 1e3 }[found[2]];
      return Number(found[1].replaceAll(',', '')) * unit;
    }
  }
  return undefined;
}

/** What the Performance panel shows of a trace, and the errors of its page. */
export async function openInDevtools(browser, trace) {
  const page = await browser.context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`http://127.0.0.1:${browser.port}/devtools/devtools_app.html?panel=timeline`);
  await page.getByRole('tab', { name: 'Performance' }).click();
  await page.locator('input[type=file]').first().setInputFiles(trace);
  let texts = [];
  for (let attempt = 0; attempt < 60 && errors.length === 0; ++attempt) {
    await page.waitForTimeout(500);
    texts = await page.evaluate(visibleTexts);
    if (fullRange(texts) !== undefined) break;
  }
  await page.close();
  return { texts, errors };
}
