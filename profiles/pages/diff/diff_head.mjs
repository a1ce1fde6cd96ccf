// The head of the page and its verdict: which runs, which is faster, and by what.

import { element } from '../common/dom.mjs';
import { changeText } from '../common/format.mjs';
import { headParts } from '../common/header.mjs';
import { amountText, factText, figureOf, paceText, sumOf, toneOf } from './diff_data.mjs';

/** The network, facts of both runs, links to the sections, and the files; `changed` is called with the theme. */
export function showDiffHeader(diff, changed) {
  const kinds = [diff.base.kind, diff.now.kind];
  const batch = factText(diff, 'batch');
  const facts = [
    factText(diff, 'chip'),
    factText(diff, 'precision'),
    batch === '' ? '' : `batch ${batch}`,
    factText(diff, 'passes'),
    kinds[0] === kinds[1] ? kinds[0] : kinds.join(' → '),
  ];
  document
    .getElementById('header')
    .append(
      ...headParts(factText(diff, 'model') || 'Two runs', facts, { changed }),
      element(
        'details',
        { class: 'how' },
        element('summary', {}, 'What is compared'),
        ['base', 'now'].map((side) =>
          element('p', {}, `${side}: `, element('code', {}, diff[side].source)),
        ),
      ),
    );
}

function figureTile(title, name, figure, sense) {
  if (figure === null) return null;
  const { base, now } = figure;
  const tone = toneOf(sense, base, now);
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, title),
    element(
      'dd',
      {},
      element('span', { class: 'value' }, amountText(name, now)),
      element('span', { class: 'note' }, `base: ${amountText(name, base)}`),
      element(
        'span',
        { class: tone || 'dim' },
        base === now ? 'no change' : `${changeText(base, now)}${tone === '' ? '' : `, ${tone}`}`,
      ),
    ),
  );
}

/** Which run is faster, in words; then the main figures that both runs have. */
export function showDiffVerdict(diff) {
  const time = figureOf(diff, 'time_ps');
  const exposed = ['exposed_load_ps', 'exposed_store_ps', 'exposed_copy_ps'];
  document.getElementById('verdict').append(
    element(
      'p',
      { class: 'verdict' },
      'Now is ',
      element('em', {}, paceText(time.base, time.now)),
      `: ${amountText('time_ps', time.base)} to ${amountText('time_ps', time.now)}.`,
    ),
    element('p', { class: 'parts' }, `Operators: ${diff.counts}.`),
    element(
      'dl',
      { class: 'tiles' },
      ...[
        figureTile('Time', '_ps', time, 'less'),
        figureTile('BDC busy', '_ps', figureOf(diff, 'bdc_busy_ps'), 'neutral'),
        figureTile('GDMA busy', '_ps', figureOf(diff, 'gdma_busy_ps'), 'neutral'),
        figureTile('Exposed transfers', '_ps', sumOf(diff, exposed), 'less'),
        figureTile('DDR traffic', '_bytes', sumOf(diff, ['ddr_read_bytes', 'ddr_write_bytes']), 'less'),
        figureTile('Local memory', '_bytes', figureOf(diff, 'local_memory_peak_bytes'), 'neutral'),
      ].filter((tile) => tile !== null),
    ),
  );
}
