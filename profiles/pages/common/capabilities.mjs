// What the compiler could do and does not, by what it would save, and the ops that each concerns:
// as tables, for the page of `explain --capabilities` and for the report.

import { element, plainTable } from './dom.mjs';
import { differenceText, grouped, timeText } from './format.mjs';

/** What is saved, as the change of the time. */
function savedCell(picoseconds, error = 0) {
  const change = -picoseconds / 1000;
  const text = differenceText(change) + (error > 0 ? ` ± ${timeText(error / 1000)}` : '');
  return element('span', { class: change < 0 ? 'better' : change > 0 ? 'worse' : null }, text);
}

const kNotes = {
  switch:
    'Shapley share: mean gain over orders. Only this: turned on by itself. All but this: lost when only this one is off. What costs time is not used.',
  rule: 'On top of these switches. Upper bounds: these forms are hypothetical; views are free, movements one pass.',
};

/** The table of one kind ("switch", "rule") with its note; null where there is none of it. */
export function rankingTable({ rows }, kind, caption) {
  const own = rows.filter((row) => row.kind === kind);
  if (own.length === 0) return null;
  const table = plainTable(
    caption,
    [
      { title: 'name', whole: true },
      { title: 'Shapley share', numeric: true },
      { title: 'only this', numeric: true },
      { title: 'all but this', numeric: true },
      { title: 'ops', numeric: true },
      { title: 'what it is', wide: true },
    ],
    own.map((row) => [
      row.name,
      savedCell(row.average_saved_ps, row.average_error_ps),
      savedCell(row.alone_ps),
      savedCell(row.left_out_ps),
      row.ops === 0 ? '' : grouped(row.ops),
      row.summary,
    ]),
  );
  return element('div', {}, table, element('p', { class: 'note' }, kNotes[kind]));
}

/** The ops that rules keep out of groups, by shape and attributes; null without any. */
export function patternsTable({ rows }) {
  const patterns = rows.flatMap((row) =>
    row.patterns.map((pattern) => [row.name, grouped(pattern.ops), pattern.pattern, pattern.first]),
  );
  if (patterns.length === 0) return null;
  return plainTable(
    'Ops by name, shape and attributes',
    [
      { title: 'rule', whole: true },
      { title: 'ops', numeric: true },
      { title: 'pattern', wide: true },
      { title: 'first', wide: true },
    ],
    patterns,
  );
}

/** "3.88 ms now, 3.88 ms with these switches, lower bound with every rule lifted: 3.20 ms." */
export function rankingSentence(capabilities) {
  const time = (name) => timeText(capabilities[name] / 1000);
  return [
    element('em', {}, time('present_ps')),
    ` now, ${time('all_switches_ps')} with these switches, `,
    `lower bound with every rule lifted: ${time('all_lifted_ps')}.`,
  ];
}
