// What is selected: the command with where its cycles go, its operator, and the same operator in
// the other run.

import { blameOf } from './links.mjs';
import { bodyOf, button, element } from '../common/dom.mjs';
import {
  bytesText,
  differenceText,
  evidenceText,
  grouped,
  percentText,
  ratio,
  siText,
  timeText,
} from '../common/format.mjs';
import { heightOf } from './rows.mjs';
import { waitsOf } from './waiting.mjs';

function facts(title, pairs) {
  return element(
    'div',
    { class: 'facts-block' },
    element('h3', {}, title),
    element(
      'dl',
      {},
      pairs
        .filter((pair) => pair !== null)
        .map(([name, value]) =>
          element('div', {}, element('dt', {}, name), element('dd', {}, value)),
        ),
    ),
  );
}

function rangeText({ spans }, index) {
  if (index < 0) return null;
  const address = spans.ranges.address[index];
  return `0x${address.toString(16)}, ${bytesText(spans.ranges.bytes[index])} per lane`;
}

function commandFacts(state, run, span, timeline) {
  const whole = state.runs[run];
  const { spans, summary } = whole;
  const { forms } = spans;
  const form = spans.form[span];
  const length = spans.end[span] - spans.start[span];
  const isBdc = spans.engine[span] === 0;
  const cycles =
    forms.start[form] + forms.compute[form] + forms.padding[form] + forms.conflict[form];
  const part = (amount) => `${grouped(amount)} (${percentText(ratio(amount, cycles))})`;
  const shape = ['n', 'c', 'h', 'w'].map((axis) => forms[axis][form]).join('×');
  const operands = spans.operands
    .map((column) => rangeText(whole, column[span]))
    .filter((text) => text !== null);
  const cause = spans.waits[span];
  return facts(
    `${spans.kinds[forms.kind[form]]}, command ${spans.id[span]} of ${isBdc ? 'BDC' : 'GDMA'}`,
    [
      ['from', `${timeText(spans.start[span])}, for ${timeText(length)}`],
      ['cycles', grouped(cycles)],
      ['work at the peak', part(forms.compute[form])],
      ['padding', part(forms.padding[form])],
      ['start-up', part(forms.start[form])],
      forms.conflict[form] > 0 ? ['bank conflicts', part(forms.conflict[form])] : null,
      isBdc ? ['useful of performed operations', percentText(heightOf(whole, span))] : null,
      isBdc
        ? null
        : ['moves', `${bytesText(forms.bytes[form])} ${spans.directions[forms.direction[form]]}`],
      isBdc
        ? null
        : [
            'bandwidth',
            `${siText(ratio(forms.bytes[form], length * 1e-9))}B/s, ` +
              `${percentText(heightOf(whole, span))} of ${siText(summary.peak_ddr_bytes_per_second)}B/s`,
          ],
      ['n×c×h×w', `${shape} ${spans.dtypes[forms.dtype[form]]}`],
      ['slice, timestep', `${spans.slice[span]}, ${spans.timestep[span]}`],
      operands.length > 0 ? ['reads', operands.join('; ')] : null,
      rangeText(whole, spans.result[span])
        ? ['writes', rangeText(whole, spans.result[span])]
        : null,
      cause < 0
        ? null
        : [
            'waited for',
            button(
              `command ${spans.id[cause]} of ${isBdc ? 'GDMA' : 'BDC'}`,
              () => timeline.showSpan(run, cause),
              { class: 'link' },
            ),
          ],
    ],
  );
}

function opFacts(state, run, op) {
  const { ops, summary, label } = state.runs[run];
  const steps = state.data.steps
    .map((step, i) => [step.title, ops.steps[i][op]])
    .filter(([, time]) => time > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([title, time]) => `${title} ${timeText(time)}`);
  const waits = waitsOf(state.runs[run], op)
    .slice(0, 3)
    .map(({ on, time }) => `${on} ${timeText(time)}`);
  const reasons = state.runs[run].decisions
    .filter((decision) => decision.op === ops.name[op])
    .map((decision) => [decision.rule, decision.text].filter((text) => text !== '').join(': '));
  return facts(`${ops.name[op]}`, [
    ['type', `${ops.type[op]} → ${ops.shape[op]}${state.runs.length > 1 ? `, ${label}` : ''}`],
    ['attributed time', `${timeText(ops.blame[op])} (${percentText(ratio(ops.blame[op], summary.time))})`],
    ['evidence', evidenceText(ops.evidenceOf(op), ops.blame[op]) || '–'],
    ['goes to', steps.join(', ') || '–'],
    waits.length > 0 ? ['stalled on', waits.join('; ')] : null,
    [
      'BDC, GDMA',
      `${timeText(ops.bdc[op])}, ${timeText(ops.gdma[op])}, of which ` +
        `${timeText(ops.hidden[op])} hidden`,
    ],
    ['DDR bytes', bytesText(ops.ddr[op])],
    ops.issued[op] > 0
      ? ['useful operations', percentText(ratio(ops.useful[op], ops.issued[op]))]
      : null,
    ops.group[op] >= 0 ? ['group', String(ops.group[op])] : null,
    reasons.length > 0 ? ['why its group ends', reasons.join('; ')] : null,
    ['commands', grouped(ops.commands[op])],
    ops.madeBy[op] !== '' ? ['made by', ops.madeBy[op]] : null,
    [
      'stands for',
      ops.origin[op].slice(0, 6).join(', ') +
        (ops.origin[op].length > 6 ? ` and ${ops.origin[op].length - 6} more` : ''),
    ],
  ]);
}

function otherFacts(state, run, op, timeline) {
  if (state.runs.length < 2) return null;
  const other = 1 - run;
  const number = state.links.family[run][op];
  const members = state.links.members[number][other];
  const there = state.runs[other];
  const [before, after] = [
    blameOf(state.runs, state.links, number, 0),
    blameOf(state.runs, state.links, number, 1),
  ];
  const links = members
    .slice(0, 6)
    .map((member) =>
      button(
        `${there.ops.name[member]}: ${timeText(there.ops.blame[member])}`,
        () => timeline.showOp(other, member),
        { class: 'link' },
      ),
    );
  return facts(`The same work ${there.label}`, [
    [
      'operators',
      members.length === 0 ? 'none: it is gone or was free' : element('span', {}, links),
    ],
    members.length > 6 ? ['', `and ${members.length - 6} more`] : null,
    ['all of it', `${timeText(before)} → ${timeText(after)} (${differenceText(after - before)})`],
  ]);
}

/** Keeps the pane below the timeline up to date. */
export function showDetails(state, timeline) {
  const pane = element('div', { class: 'details', id: 'details' });
  bodyOf('timeline').append(pane);
  const show = () => {
    const { selection } = state;
    if (selection === null) {
      pane.replaceChildren(
        element(
          'p',
          { class: 'dim' },
          'Select a bar to see what it is, what it waited for, and what became of it.',
        ),
      );
      return;
    }
    const { run, op, span } = selection;
    pane.replaceChildren(
      ...[
        span >= 0 ? commandFacts(state, run, span, timeline) : null,
        op >= 0 ? opFacts(state, run, op) : null,
        op >= 0 ? otherFacts(state, run, op, timeline) : null,
      ].filter((block) => block !== null),
    );
  };
  state.subscribe((what) => {
    if (what === 'selection') show();
  });
  show();
}
