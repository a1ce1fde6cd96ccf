// Puts the page together and says when it is done.

import { explainWords } from '../common/glossary.mjs';
import { showWaterfall } from '../common/waterfall.mjs';
import { waterfallState } from './diff_data.mjs';
import { showDiffDefinitions, showDiffering, showFigureTable } from './diff_figures.mjs';
import { showDiffHeader, showDiffVerdict } from './diff_head.mjs';
import { DiffTable } from './diff_table.mjs';
import { hasSpans } from './diff_rows.mjs';
import { DiffTimeline } from './diff_timeline.mjs';

const diff = JSON.parse(document.getElementById('data').textContent);
// Sections without content do not stay as empty boxes, nor in the links of the header.
document.getElementById('differs').hidden = diff.differing.length === 0;
document.getElementById('waterfall').hidden = !diff.has_waterfall;
document.getElementById('timeline').hidden = !hasSpans(diff);
showDiffHeader(diff, () => timeline?.draw());
showDiffVerdict(diff);
showDiffering(diff);
if (diff.has_waterfall) showWaterfall(waterfallState(diff));
// Tables of a board have operators and no commands.
const table = new DiffTable(diff, (row) => timeline?.mark(row));
const timeline = hasSpans(diff) ? new DiffTimeline(diff, (row) => table.select(row)) : null;
showFigureTable(diff);
showDiffDefinitions();
explainWords();
document.body.dataset.ready = '1';
