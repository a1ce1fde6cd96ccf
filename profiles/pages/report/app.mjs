// Where the page begins: a report shows its runs, a live page asks for them.

import { servedEngine } from './engine.mjs';
import { startLive } from './live.mjs';
import { readData } from './model.mjs';
import { showPage } from './page_parts.mjs';

const data = JSON.parse(document.getElementById('data').textContent);
if (data.live) startLive(data, servedEngine(new URLSearchParams(location.search).get('token')));
else showPage(readData(data));
