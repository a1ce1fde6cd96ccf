// Puts the page together: reads the data, builds the parts in the order of the page, and says when
// it is done.

import { DdrMap } from './ddr_map.mjs';
import { showDefinitions } from './definitions.mjs';
import { showDetails } from './details.mjs';
import { showFindings } from './findings.mjs';
import { explainWords } from './glossary.mjs';
import { showHeader } from '../common/header.mjs';
import { linkRuns } from './links.mjs';
import { MemoryMap } from './memory_map.mjs';
import { readData } from './model.mjs';
import { showPlan } from './plan.mjs';
import { Roofline } from './roofline.mjs';
import { showSensitivities } from './sensitivities.mjs';
import { State } from './state.mjs';
import { showVerdict } from './summary.mjs';
import { OperatorTable } from './table.mjs';
import { Timeline } from './timeline.mjs';
import { showWaterfall } from '../common/waterfall.mjs';

const data = readData(JSON.parse(document.getElementById('data').textContent));
const state = new State(data, linkRuns(data.runs));
document.getElementById('sensitivities').hidden = data.sensitivities === null;
showHeader(state);
showVerdict(state);
showWaterfall(state);
const timeline = new Timeline(state);
showFindings(state, timeline);
showDetails(state, timeline);
// For tests: when the first screen was done, and how many commands the rows hold.
document.body.dataset.painted = String(Math.round(performance.now()));
document.body.dataset.spans = String(timeline.countSpans());
// What is below the first screen may come after it.
requestAnimationFrame(() =>
  setTimeout(() => {
    new MemoryMap(state, timeline);
    new DdrMap(state);
    new OperatorTable(state, timeline);
    new Roofline(state, timeline);
    showSensitivities(state);
    showPlan(state);
    showDefinitions();
    explainWords(data.glossary);
    document.body.dataset.ready = '1';
  }),
);
