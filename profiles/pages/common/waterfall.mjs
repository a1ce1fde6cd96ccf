// Where the time goes: one bar per run, before above after on one scale, and the same figures as a
// table. The parts add up to the time of the run.

import { kStepColours } from './colours.mjs';
import { bodyOf, element } from './dom.mjs';
import { differenceText, percentText, ratio, timeText } from './format.mjs';

const kSpace = 'http://www.w3.org/2000/svg';

/** An element of a drawing. */
export function shape(tag, properties, ...children) {
  const node = document.createElementNS(kSpace, tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** The steps of a run as one bar, `scale` nanoseconds across. */
// Shapes take their size in shares of 1000, so that the bar needs no script to follow the width.
export function stepsBar(run, steps, scale, label) {
  const parts = [];
  let at = 0;
  steps.forEach((step, i) => {
    const width = (1000 * run.waterfall[i]) / scale;
    if (width <= 0) return;
    parts.push(
      shape(
        'rect',
        { x: at, y: 0, width: Math.max(0.1, width - 1.2), height: 10, fill: kStepColours[i] },
        shape(
          'title',
          {},
          `${step.title}: ${timeText(run.waterfall[i])}, ` +
            percentText(ratio(run.waterfall[i], run.summary.time)),
        ),
      ),
    );
    at += width;
  });
  const drawing = shape(
    'svg',
    {
      viewBox: '0 0 1000 10',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${label}: see the table`,
    },
    ...parts,
  );
  return element(
    'div',
    { class: 'bar' },
    element('span', { class: 'label' }, label, ' ', element('b', {}, timeText(run.summary.time))),
    drawing,
  );
}

function swatch(colour) {
  return shape(
    'svg',
    { viewBox: '0 0 10 10', class: 'swatch', 'aria-hidden': 'true' },
    shape('rect', { width: 10, height: 10, rx: 2, fill: colour }),
  );
}

/** Fills the section. */
export function showWaterfall(state) {
  const { runs } = state;
  const { steps } = state.data;
  const scale = Math.max(1, ...runs.map((run) => run.summary.time));
  const isComparison = runs.length > 1;
  const rows = steps
    .map((step, i) => ({ step, i }))
    .filter(({ i }) => runs.some((run) => run.waterfall[i] > 0))
    .map(({ step, i }) => {
      const cells = runs.flatMap((run) => [
        element('td', { class: 'number' }, timeText(run.waterfall[i])),
        element(
          'td',
          { class: 'number dim' },
          percentText(ratio(run.waterfall[i], run.summary.time)),
        ),
      ]);
      if (isComparison) {
        const change = runs[1].waterfall[i] - runs[0].waterfall[i];
        const isBetter = change < 0 !== (i === 0);
        // What rounds to nothing of the step is no change to a reader.
        const isNothing = Math.abs(change) < 0.0005 * runs[0].waterfall[i];
        cells.push(
          element(
            'td',
            { class: `number ${isNothing || change === 0 || i === 0 ? '' : isBetter ? 'better' : 'worse'}` },
            differenceText(isNothing ? 0 : change),
          ),
        );
      }
      return element(
        'tr',
        {},
        element('th', { scope: 'row', title: step.meaning }, swatch(kStepColours[i]), step.title),
        cells,
      );
    });
  const titles = runs
    .flatMap((run) => [isComparison ? run.label : 'time', '%'])
    .concat(isComparison ? ['change'] : []);
  const totals = runs.flatMap((run) => [
    element('td', { class: 'number' }, timeText(run.summary.time)),
    element('td', { class: 'number dim' }, '100 %'),
  ]);
  if (isComparison) {
    totals.push(
      element(
        'td',
        { class: 'number' },
        differenceText(runs[1].summary.time - runs[0].summary.time),
      ),
    );
  }
  bodyOf('waterfall').append(
    element(
      'div',
      { class: 'bars' },
      runs.map((run) => stepsBar(run, steps, scale, isComparison ? run.label : 'time')),
    ),
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Waterfall' },
      element(
        'table',
        { class: 'waterfall' },
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            element('th', { scope: 'col' }, 'cause'),
            titles.map((title) =>
              element(
                'th',
                { scope: 'col', class: title === '%' ? 'number share' : 'number' },
                title,
              ),
            ),
          ),
        ),
        element('tbody', {}, rows),
        element('tfoot', {}, element('tr', {}, element('th', { scope: 'row' }, 'total'), totals)),
      ),
    ),
  );
}
