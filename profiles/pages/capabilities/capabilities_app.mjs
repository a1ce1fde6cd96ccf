// The page of `explain --capabilities`: what the compiler could do and does not, by what it would
// save, and the ops that each concerns.

import { explainWords } from '../common/glossary.mjs';
import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { differenceText, grouped, timeText } from '../common/format.mjs';
import { headParts } from '../common/header.mjs';

const { context, capabilities } = JSON.parse(document.getElementById('data').textContent);

/** What is saved, as the change of the time. */
function savedCell(picoseconds, error = 0) {
  const change = -picoseconds / 1000;
  const text = differenceText(change) + (error > 0 ? ` ± ${timeText(error / 1000)}` : '');
  return element('span', { class: change < 0 ? 'better' : change > 0 ? 'worse' : null }, text);
}

function showRanking(section, kind, note) {
  const rows = capabilities.rows.filter((row) => row.kind === kind);
  document.getElementById(section).hidden = rows.length === 0;
  bodyOf(section).append(
    plainTable(
      document.getElementById(`${section}-title`).textContent,
      [
        { title: 'name', whole: true },
        { title: 'Shapley share', numeric: true },
        { title: 'only this', numeric: true },
        { title: 'all but this', numeric: true },
        { title: 'ops', numeric: true },
        { title: 'what it is', wide: true },
      ],
      rows.map((row) => [
        row.name,
        savedCell(row.average_saved_ps, row.average_error_ps),
        savedCell(row.alone_ps),
        savedCell(row.left_out_ps),
        row.ops === 0 ? '' : grouped(row.ops),
        row.summary,
      ]),
    ),
    element('p', { class: 'note' }, note),
  );
}

function showPatterns() {
  const rows = capabilities.rows.flatMap(({ name, patterns }) =>
    patterns.map((pattern) => [name, grouped(pattern.ops), pattern.pattern, pattern.first]),
  );
  document.getElementById('patterns').hidden = rows.length === 0;
  bodyOf('patterns').append(
    plainTable(
      'Ops by name, shape and attributes',
      [
        { title: 'rule', whole: true },
        { title: 'ops', numeric: true },
        { title: 'pattern', wide: true },
        { title: 'first', wide: true },
      ],
      rows,
    ),
  );
}

const time = (picoseconds) => timeText(picoseconds / 1000);
document
  .getElementById('verdict')
  .append(
    element(
      'p',
      { class: 'verdict' },
      element('em', {}, time(capabilities.present_ps)),
      ` as it is, ${time(capabilities.all_switches_ps)} with every switch on, at least `,
      `${time(capabilities.all_lifted_ps)} without any rule in the way.`,
    ),
  );
showRanking(
  'switches',
  'switch',
  'Shapley share: mean gain over orders. Only this: turned on by itself. All but this: lost when only this one is off.',
);
showRanking(
  'rules',
  'rule',
  'On top of every switch. Upper bounds: these forms are hypothetical; views are free, movements one pass.',
);
showPatterns();
document
  .getElementById('header')
  .append(
    ...headParts(context.model, [context.chip, context.precision, 'simulated'], {
      changed: () => {},
    }),
  );
explainWords();
document.body.dataset.ready = '1';
