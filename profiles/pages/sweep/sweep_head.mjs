// The head of the page and its verdict: what was swept, which point is best, what each number is
// worth.

import { element } from '../common/dom.mjs';
import { changeText } from '../common/format.mjs';
import { headParts } from '../common/header.mjs';
import { bestOf, figureText, settingsText } from './sweep_data.mjs';

/** Name, facts and links to the sections. */
export function showSweepHeader(sweep, redraw) {
  const varied = new Set(sweep.axes.map((axis) => axis.key));
  const facts = ['chip', 'precision', 'batch', 'passes']
    .filter((key) => !varied.has(key))
    .map((key) => (key === 'batch' ? `batch ${sweep.base[key]}` : sweep.base[key]));
  document
    .getElementById('header')
    .append(
      ...headParts(sweep.model, [...facts, 'simulated'], { changed: redraw }),
      element(
        'details',
        { class: 'how' },
        element('summary', {}, 'How it was made'),
        sweep.axes.map((axis) =>
          element('p', {}, element('code', {}, `--vary ${axis.key}=${axis.values.join(',')}`)),
        ),
        Object.entries(sweep.base).map(([key, value]) => element('p', {}, `${key}: ${value}`)),
        element('p', {}, sweep.tool),
      ),
    );
}

function tile(name, value, note) {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', {}, element('span', { class: 'value' }, value), note),
  );
}

/** The best point against the reference, and the sentences of the analysis. */
export function showSweepVerdict(sweep) {
  const metric = sweep.metrics.find(({ name }) => name === sweep.metric);
  const body = document.getElementById('verdict');
  const best = bestOf(sweep.points, metric);
  const failures = sweep.points.filter(({ error }) => error !== null).length;
  if (best === null) {
    body.append(element('p', { class: 'verdict' }, `All ${failures} points failed.`));
    return;
  }
  const reference = sweep.points.find(({ index }) => index === sweep.reference);
  // The machine as it is may stand beside the grid.
  const base = sweep.base_figures;
  const baseFigure = base ? base[metric.name] : reference.figure(metric.name);
  const word = base || sweep.reference_is_base ? 'baseline' : 'reference';
  const text = (point) => figureText(metric.name, point.figure(metric.name));
  body.append(
    element(
      'p',
      { class: 'verdict' },
      `Best ${metric.title}: `,
      element('em', {}, text(best)),
      ` with ${settingsText(sweep.axes, best.values)}.`,
    ),
    element(
      'dl',
      { class: 'tiles' },
      tile('Best', text(best), `bound by ${best.bound}`),
      tile(
        word[0].toUpperCase() + word.slice(1),
        figureText(metric.name, baseFigure),
        base ? 'as it is' : settingsText(sweep.axes, reference.values),
      ),
      tile(
        'Change',
        changeText(baseFigure, best.figure(metric.name)),
        `from the ${word} to the best`,
      ),
      tile('Points', String(sweep.points.length), failures > 0 ? `${failures} failed` : 'all ran'),
    ),
    element(
      'ul',
      { class: 'sentences' },
      sweep.sentences.map((sentence) => element('li', {}, sentence)),
    ),
  );
}
