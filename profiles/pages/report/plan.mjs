// What the compiler did: what each switch gives, the layer groups with their slices, why groups end
// where they do, and what each pass changed.

import { bodyOf, element, plainTable } from '../common/dom.mjs';
import {
  bytesText,
  changeText,
  differenceText,
  grouped,
  percentText,
  timeText,
} from '../common/format.mjs';

const kMostGroups = 400;

/** What a switch saves over orders, with its error where orders were drawn. */
function averageText({ average, averageError }) {
  const text = differenceText(-average);
  return averageError > 0 ? `${text} ± ${timeText(averageError)}` : text;
}

function switchesTable(state) {
  const { switches, averages } = state.data;
  if (switches.length < 2) return null;
  const [first] = switches;
  const last = switches.at(-1);
  const rows = switches.map((step, i) => {
    if (i === 0) {
      return [state.runs[0].identity.preset || 'before', '', timeText(step.time), '', '', '', ''];
    }
    return [
      step.switch.startsWith('-') ? `− ${step.switch.slice(1)}` : `+ ${step.switch}`,
      changeText(first.time, step.alone),
      timeText(step.time),
      changeText(switches[i - 1].time, step.time),
      changeText(last.time, step.leftOut),
      averageText(step),
      step.did || 'not applicable',
    ];
  });
  const orders = averages.is_exact
    ? 'all orders in which the switches can be turned on'
    : `${grouped(averages.orders)} orders drawn with a fixed seed`;
  return [
    element('h3', {}, 'Optimisation breakdown'),
    plainTable(
      'Optimisation breakdown',
      [
        { title: 'switch', whole: true },
        { title: 'only this', numeric: true },
        { title: 'cumulative', numeric: true },
        { title: 'step gain', numeric: true },
        { title: 'all but this', numeric: true },
        { title: 'Shapley share', numeric: true },
        { title: 'what it did', wide: true },
      ],
      rows,
    ),
    element(
      'p',
      { class: 'note' },
      `All but this: all switches but one, against all. Shapley share: the mean change over ${orders} ` +
        '; these add up to the whole change.',
    ),
  ];
}

function precisionTable(state) {
  const { precisions, presets } = state.data;
  if (precisions.length === 0) return null;
  const time = (row) => row.times.at(-1);
  const rows = precisions.map((row) => [
    row.name,
    ...row.times.map(timeText),
    `${(row.times.at(-2) / time(row)).toFixed(2)}×`,
    ...precisions.map((other) => `${(time(other) / time(row)).toFixed(2)}×`),
    bytesText(row.ddr_bytes),
    percentText(row.useful),
  ]);
  const columns = [
    { title: 'precision' },
    ...presets.map((title) => ({ title, numeric: true })),
    { title: 'gain', numeric: true },
    ...precisions.map((row) => ({ title: `against ${row.name}`, numeric: true })),
    { title: 'DDR moved', numeric: true },
    { title: 'useful', numeric: true },
  ];
  return [
    element('h3', {}, 'Precisions and presets'),
    plainTable('Precisions and presets', columns, rows),
    element(
      'p',
      { class: 'note' },
      `Gain: ${presets.at(-1)} against ${presets.at(-2)}. The columns behind it are of ` +
        `${presets.at(-1)}.`,
    ),
  ];
}

function groupsTable(run) {
  const { groups, ops, summary } = run;
  const perLane = summary.local_memory_bytes / Math.max(1, summary.lanes);
  const { blame } = groups;
  const names = Array.from({ length: groups.count }, () => []);
  for (let op = 0; op < ops.count; ++op) {
    const group = ops.group[op];
    if (group < 0 || group >= groups.count) continue;
    names[group].push(op);
  }
  const order = Array.from({ length: groups.count }, (_, i) => i);
  order.sort((a, b) => blame[b] - blame[a] || a - b);
  const several = groups.ops.filter((count) => count > 1).length;
  const rows = order.slice(0, kMostGroups).map((group) => {
    const members = names[group].sort((a, b) => ops.id[a] - ops.id[b]);
    const shown = members
      .slice(0, 3)
      .map((op) => ops.name[op])
      .join(', ');
    return [
      String(group),
      groups.type[group],
      shown + (members.length > 3 ? ` and ${members.length - 3} more` : ''),
      grouped(groups.ops[group]),
      groups.secs.map((column) => column[group]).join('·'),
      grouped(groups.slices[group]),
      `${bytesText(groups.peak[group])} (${((100 * groups.peak[group]) / perLane).toFixed(0)} %)`,
      timeText(blame[group]),
    ];
  });
  return [
    element(
      'p',
      {},
      `${groups.count} groups, of which ${several} hold several operators` +
        (several === 0 ? ': every operator runs alone.' : '.') +
        (groups.count > kMostGroups ? ` The ${kMostGroups} that cost most are listed.` : ''),
    ),
    plainTable(
      'Layer groups',
      [
        { title: 'group' },
        { title: 'type', whole: true },
        { title: 'operators', wide: true },
        { title: 'count', numeric: true },
        { title: 'n·c·d·h·w', numeric: true },
        { title: 'slices', numeric: true },
        { title: 'peak per lane', numeric: true },
        { title: 'attributed', numeric: true },
      ],
      rows,
    ),
  ];
}

function decisionsTable(run) {
  if (run.decisions.length === 0) return null;
  const rows = run.decisions.map((decision) => [
    decision.op,
    decision.kind.replaceAll('_', ' '),
    [decision.rule, decision.text].filter((text) => text !== '').join(': '),
    decision.bytes_per_lane > 0 ? bytesText(decision.bytes_per_lane) : '',
    decision.cost_ps > 0 ? timeText(decision.cost_ps / 1000) : '',
  ]);
  return element(
    'details',
    {},
    element('summary', {}, `Why groups end where they do (${rows.length})`),
    plainTable(
      'Why groups end',
      [
        { title: 'operator', wide: true },
        { title: 'reason', whole: true },
        { title: 'rule', wide: true },
        { title: 'too much per lane', numeric: true },
        { title: 'slower by', numeric: true },
      ],
      rows,
    ),
  );
}

function passesTable(run) {
  if (run.passes.length === 0) return element('p', {}, 'No pass ran.');
  const rows = run.passes.map((pass) => [
    pass.name,
    pass.changed ? 'yes' : 'no',
    grouped(pass.runs),
    Object.entries(pass.counters)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ') || '–',
  ]);
  return plainTable(
    'Passes',
    [
      { title: 'pass', whole: true },
      { title: 'changed the graph' },
      { title: 'rounds', numeric: true },
      { title: 'what it did', wide: true },
    ],
    rows,
  );
}

/** Fills the section; shows the run that the memory maps show. */
export function showPlan(state) {
  const part = element('div', {});
  bodyOf('plan').append(...[switchesTable(state), precisionTable(state)].flat().filter((child) => child !== null), part);
  const show = () => {
    const run = state.runs[state.shownRun];
    const label = state.runs.length > 1 ? `, ${run.label}` : '';
    part.replaceChildren(
      ...[
        element('h3', {}, `Layer groups${label}`),
        ...groupsTable(run),
        decisionsTable(run),
        element('h3', {}, `Passes${label}`),
        passesTable(run),
      ].filter((child) => child !== null),
    );
  };
  state.subscribe((what) => {
    if (what === 'run') show();
  });
  show();
}
