// How the time of the run follows the numbers of the chip: one bar per number, to the left for less
// time and to the right for more.

import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { differenceText, digits3 } from '../common/format.mjs';
import { shape } from '../common/waterfall.mjs';

const kStep = 10; // percent by which a number grows in the bars

/** The numbers with the change of the run's time for 10 % more, largest first. */
export function followed(rows, time) {
  return rows
    .filter((row) => row.is !== 0) // Ten percent of nothing is nothing.
    .map((row) => ({ ...row, change: (row.elasticity * kStep * time) / 100 }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

// A size in shares of 1000 needs no script to follow the width.
function changeBar(change, largest) {
  const width = largest > 0 ? Math.max(2, (490 * Math.abs(change)) / largest) : 0;
  return shape(
    'svg',
    { viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true', class: 'change' },
    shape('rect', {
      x: change < 0 ? 500 - width : 500,
      y: 0,
      width,
      height: 10,
      class: change < 0 ? 'less' : 'more',
    }),
    shape('rect', { x: 498, y: 0, width: 4, height: 10, class: 'zero' }),
  );
}

/** Fills the section, where the page has these figures. */
export function showSensitivities(state) {
  if (state.data.sensitivities === null) return;
  const { time } = state.runs.at(-1).summary;
  const rows = followed(state.data.sensitivities, time);
  const largest = Math.max(0, ...rows.map(({ change }) => Math.abs(change)));
  bodyOf('sensitivities').append(
    plainTable(
      `Change of the time for ${kStep} % more of each number`,
      [
        { title: 'number of the chip', whole: true },
        { title: `${kStep} % more`, numeric: true },
        { title: 'less time | more time' },
        { title: 'is', numeric: true },
        { title: 'elasticity', numeric: true },
      ],
      rows.map((row) => [
        row.value,
        element('span', { class: row.change < 0 ? 'better' : 'worse' }, differenceText(row.change)),
        changeBar(row.change, largest),
        digits3(row.is),
        `${row.elasticity < 0 ? '−' : '+'}${Math.abs(row.elasticity).toFixed(2)}`,
      ]),
    ),
    element(
      'p',
      { class: 'note' },
      'Names are places in the chip file, with their units. Elasticity: per cent of the time for one ' +
        'percent more of the number, measured between 5 % less and 5 % more; the bars are ten ' +
        'times that. Commands are priced anew and the critical path is added up, with the plan ' +
        'as it is: at most so much is gained, at least so much is lost.',
    ),
  );
}
