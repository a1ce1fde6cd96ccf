// Puts the page of a sweep together, and says when it is done.

import { explainWords } from '../common/glossary.mjs';
import { hasFront, readSweep } from './sweep_data.mjs';
import { SweepFront } from './sweep_front.mjs';
import { showSweepHeader, showSweepVerdict } from './sweep_head.mjs';
import { SweepHeat } from './sweep_heat.mjs';
import { SweepLines } from './sweep_lines.mjs';
import { SweepTable } from './sweep_table.mjs';

const sweep = readSweep(JSON.parse(document.getElementById('data').textContent));
const charts = [];
document.getElementById('heat').hidden = sweep.axes.length < 2;
document.getElementById('front').hidden = !hasFront(sweep);
showSweepHeader(sweep, () => charts.forEach((chart) => chart.draw()));
showSweepVerdict(sweep);
charts.push(new SweepLines(sweep));
if (hasFront(sweep)) charts.push(new SweepFront(sweep));
if (sweep.axes.length >= 2) charts.push(new SweepHeat(sweep));
new SweepTable(sweep);
explainWords();
document.body.dataset.ready = '1';
