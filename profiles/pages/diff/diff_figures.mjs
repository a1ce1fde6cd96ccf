// What is not equal in the two runs, every figure that both have, and what the words mean.

import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { changeText } from '../common/format.mjs';
import { amountText, toneOf } from './diff_data.mjs';

/** What may explain all the rest. */
export function showDiffering({ differing }) {
  if (differing.length === 0) return;
  const table = plainTable(
    'What differs',
    [{ title: '' }, { title: 'base' }, { title: 'now' }],
    differing.map(({ name, base, now }) => [name, base, now]),
  );
  table.classList.add('differs');
  bodyOf('differs').append(table);
}

/** Figures of both runs, those without a value on either side left out. */
export function showFigureTable({ figures }) {
  const shown = figures.filter(({ base, now }) => base !== 0 || now !== 0);
  const table = plainTable(
    'Figures',
    [
      { title: 'figure' },
      { title: 'base', numeric: true },
      { title: 'now', numeric: true },
      { title: 'change', numeric: true },
    ],
    shown.map(({ name, title, base, now, sense }) => [
      title,
      amountText(name, base),
      amountText(name, now),
      element('span', { class: toneOf(sense, base, now) || 'dim' }, changeText(base, now)),
    ]),
  );
  table.classList.remove('tall'); // Read as a whole, and never much longer than this.
  bodyOf('figures').append(table);
}

const kWords = [
  ['Base and now', 'The first and the second run that were given; a change is from base to now.'],
  ['% faster', 'How much less time now takes, in percent of the time of base.'],
  [
    'Operators',
    'Operators that stand for the same nodes of the source are compared together, then those of ' +
      'one name, then those of one type in the order of the networks.',
  ],
  [
    'Match',
    'Same: one operator on each side. Fused: several became one. Split: one became several. ' +
      'Rewritten: several became several others. By type: no name in common, but the same type ' +
      'at the same place. Added and removed: on one side only.',
  ],
  [
    'Time of an operator',
    'Time attributed to one operator each, so that all of it and the idle time add up to the time ' +
      'of the run.',
  ],
  ['Exposed transfers', 'Transfers while nothing is computed.'],
  [
    'Lower bound',
    'The time below which no order of the work can come, and the bytes that must cross the bus.',
  ],
];

/** Fills the section. */
export function showDiffDefinitions() {
  bodyOf('definitions').append(
    element(
      'dl',
      { class: 'definitions' },
      kWords.map(([name, text]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, text)),
      ),
    ),
  );
}
