// Starts Debian's Chromium without a window. We start it ourselves and connect afterwards: the
// DevTools front end is served by the debugging port, which the driver's own launcher keeps closed.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const kFlags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0',
  '--remote-allow-origins=*', '--allow-file-access-from-files', '--use-gl=angle',
  '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage',
];

// Chromium writes the port that it chose into its profile.
async function debuggingPort(profile) {
  for (let attempt = 0; attempt < 300; ++attempt) {
    const text = await readFile(path.join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    if (text.includes('\n')) return Number(text.split('\n')[0]);
    await sleep(100);
  }
  throw new Error('chromium did not open its debugging port within 30 s');
}

/** A running browser: `context` opens pages, `port` serves DevTools, `close` ends it. */
export async function startBrowser() {
  const profile = await mkdtemp(path.join(tmpdir(), 'tpuscope-chromium-'));
  const child = spawn('chromium', [...kFlags, `--user-data-dir=${profile}`, 'about:blank'],
                      { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = await debuggingPort(profile);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  return {
    context: browser.contexts()[0],
    port,
    close: async () => {
      await browser.close();
      child.kill();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
