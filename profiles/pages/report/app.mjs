// Where the page begins: a report shows its runs, a live page asks a server for them, and a report
// with an engine in it does both.

import { pageEngine, servedEngine } from './engine.mjs';
import { startLive } from './live.mjs';
import { readData } from './model.mjs';
import { showPage } from './page_parts.mjs';

const data = JSON.parse(document.getElementById('data').textContent);
if (data.live === true) startLive(data, servedEngine(new URLSearchParams(location.search).get('token')));
else if (data.live) startLive(data, pageEngine(data.runs.at(-1).summary.time_ps), readData(data));
else showPage(readData(data));
