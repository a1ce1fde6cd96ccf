// The trace that tpuscope writes is read without complaints by two programs that are not ours.
// Usage: node trace_test.mjs TPUSCOPE (ctest passes the built program).

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startBrowser } from './browser.mjs';
import { complaints, fullRange, openInDevtools, openInSpeedscope } from './readers.mjs';

const kProgram = path.resolve(process.argv[2] ?? 'build/release/tpuscope');
let folder;
let trace;
let browser;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tpuscope-trace-'));
  trace = path.join(folder, 'swin_t.json');
  await promisify(execFile)(kProgram, ['profile', 'swin_t', '--precision', 'f16', '--trace', trace]);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

// A copy of the trace after `change` edited its text.
async function changed(name, change) {
  const file = path.join(folder, name);
  await writeFile(file, change(await readFile(trace, 'utf8')));
  return file;
}

test('speedscope imports the trace and every span nests', async () => {
  const { messages, title } = await openInSpeedscope(browser, trace);
  assert.ok(messages.includes('Importing as Trace Event Format profile'), messages.join('\n'));
  assert.deepEqual(complaints(messages), []);
  assert.notEqual(title, 'speedscope');
});

test('speedscope complains when a span of an engine overlaps the next one', async () => {
  const file = await changed('overlap.json', (text) => {
    const content = JSON.parse(text);
    const span = content.traceEvents.find((event) => event.ph === 'X' && event.dur > 0);
    content.traceEvents.push({ ...span, name: 'late', ts: span.ts + span.dur / 2 });
    return JSON.stringify(content);
  });
  const { messages } = await openInSpeedscope(browser, file);
  assert.notDeepEqual(complaints(messages), []);
});

test('speedscope refuses half a trace', async () => {
  const file = await changed('half.json', (text) => text.slice(0, text.length / 2));
  const { messages } = await openInSpeedscope(browser, file);
  assert.notDeepEqual(complaints(messages), []);
});

test('the Performance panel of DevTools finds the whole range of the trace', async () => {
  const { traceEvents } = JSON.parse(await readFile(trace, 'utf8'));
  // The panel takes a time of zero for a missing one.
  const timed = traceEvents.filter((event) => event.ph !== 'M' && event.ts > 0);
  const begin = timed.reduce((least, event) => Math.min(least, event.ts), Infinity);
  const end = timed.reduce((most, event) => Math.max(most, event.ts + (event.dur ?? 0)), 0);
  const { texts, errors } = await openInDevtools(browser, trace);
  assert.deepEqual(errors, []);
  const shown = fullRange(texts);
  assert.ok(shown !== undefined, 'the panel shows no "Full range"');
  // It prints two decimals of a millisecond.
  assert.ok(Math.abs(shown - (end - begin) / 1000) <= 0.006,
            `panel: ${shown} ms, trace: ${(end - begin) / 1000} ms`);
});

test('the Performance panel of DevTools refuses half a trace', async () => {
  const file = await changed('half.json', (text) => text.slice(0, text.length / 2));
  const { texts, errors } = await openInDevtools(browser, file);
  assert.equal(fullRange(texts), undefined);
  assert.notDeepEqual(errors, []);
});
