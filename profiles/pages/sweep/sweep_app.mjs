// Puts the page of a sweep together, and says when it is done.

import { readSweep } from './sweep_data.mjs';
import { showSweepHeader, showSweepVerdict } from './sweep_head.mjs';
import { SweepHeat } from './sweep_heat.mjs';
import { SweepLines } from './sweep_lines.mjs';
import { SweepTable } from './sweep_table.mjs';

const sweep = readSweep(JSON.parse(document.getElementById('data').textContent));
const charts = [];
document.getElementById('heat').hidden = sweep.axes.length < 2;
showSweepHeader(sweep, () => charts.forEach((chart) => chart.draw()));
showSweepVerdict(sweep);
charts.push(new SweepLines(sweep));
if (sweep.axes.length >= 2) charts.push(new SweepHeat(sweep));
new SweepTable(sweep);
document.body.dataset.ready = '1';
