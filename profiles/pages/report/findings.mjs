// What to try: the findings of the program's rules with what each costs the run as it is.

import { button, element } from '../common/dom.mjs';
import { percentText, ratio, timeText } from '../common/format.mjs';

const kFindings = 4;

function sentence(clause) {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`;
}

// Rules quote commands as `tpuscope ...`.
function withCode(text) {
  return text.split('`').map((part, i) => (i % 2 === 1 ? element('code', {}, part) : part));
}

/** What to try, with what it costs. A finding leads to its first operator. */
export function showFindings(state, timeline) {
  const run = state.runs.length - 1;
  const { findings, summary } = state.runs[run];
  if (findings.length === 0) return;
  const rows = findings.map((finding) =>
    element(
      'li',
      {},
      element(
        'div',
        { class: 'gain-of' },
        element('b', {}, `costs ${timeText(finding.cost)}`),
        element('span', { class: 'dim' }, percentText(ratio(finding.cost, summary.time))),
      ),
      element(
        'div',
        {},
        element('p', {}, sentence(finding.message)),
        finding.remedy === '' ? null : element('p', { class: 'dim' }, ...withCode(sentence(finding.remedy))),
        finding.ops.length > 0
          ? button(
              `Show ${state.runs[run].ops.name[finding.ops[0]]}` +
                (finding.ops.length > 1 ? `, the first of ${finding.ops.length}` : ''),
              () => {
                timeline.showOp(run, finding.ops[0]);
                document.getElementById('timeline').scrollIntoView();
              },
              { class: 'link' },
            )
          : null,
      ),
    ),
  );
  document
    .getElementById('verdict')
    .append(
      element('h3', {}, state.runs.length > 1 ? 'What to try next' : 'What to try'),
      element('ol', { class: 'findings' }, rows.slice(0, kFindings)),
      ...(rows.length > kFindings
        ? [
            element(
              'details',
              {},
              element('summary', {}, `${rows.length - kFindings} smaller ones`),
              element('ol', { class: 'findings' }, rows.slice(kFindings)),
            ),
          ]
        : []),
    );
}
