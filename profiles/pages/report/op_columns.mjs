// Columns of the operator table: what they sort by and what they show, and the rows in their order.

import { blameOf } from './links.mjs';
import { bytesText, differenceText, evidenceText, percentText, ratio, timeText } from '../common/format.mjs';

/** Columns of one run: title, value to sort by, text to show. */
export function columnsOf(state, run) {
  const { ops, summary } = state.runs[run];
  const { steps } = state.data;
  const other = 1 - run;
  const columns = [
    { title: 'operator', key: 'name', value: (op) => ops.name[op], text: (op) => ops.name[op] },
    { title: 'type', key: 'type', value: (op) => ops.type[op], text: (op) => ops.type[op] },
    {
      title: 'group',
      key: 'group',
      numeric: true,
      value: (op) => ops.group[op],
      text: (op) => (ops.group[op] < 0 ? '–' : String(ops.group[op])),
    },
    {
      title: 'attributed',
      key: 'blame',
      numeric: true,
      value: (op) => ops.blame[op],
      text: (op) => timeText(ops.blame[op]),
      tip: (op) => `evidence: ${evidenceText(ops.evidenceOf(op), ops.blame[op])}`,
    },
    {
      title: '%',
      key: 'share',
      numeric: true,
      value: (op) => ops.blame[op],
      text: (op) => (100 * ratio(ops.blame[op], summary.time)).toFixed(1),
    },
  ];
  if (state.runs.length > 1) {
    const change = (op) => {
      const number = state.links.family[run][op];
      return (
        blameOf(state.runs, state.links, number, 1) - blameOf(state.runs, state.links, number, 0)
      );
    };
    columns.push({
      title: 'change',
      key: 'change',
      numeric: true,
      value: change,
      text: (op) =>
        state.links.members[state.links.family[run][op]][other].length === 0
          ? run === 1
            ? 'new'
            : 'gone'
          : differenceText(change(op)),
      tone: (op) => (change(op) === 0 ? '' : change(op) < 0 ? 'better' : 'worse'),
    });
  }
  columns.push(
    {
      title: 'BDC',
      key: 'bdc',
      numeric: true,
      value: (op) => ops.bdc[op],
      text: (op) => timeText(ops.bdc[op]),
    },
    {
      title: 'GDMA',
      key: 'gdma',
      numeric: true,
      value: (op) => ops.gdma[op],
      text: (op) => timeText(ops.gdma[op]),
    },
    {
      title: 'hidden',
      key: 'hidden',
      numeric: true,
      value: (op) => ops.hidden[op],
      text: (op) => timeText(ops.hidden[op]),
    },
    {
      title: 'moved',
      key: 'moved',
      numeric: true,
      value: (op) => ops.moved[op],
      text: (op) => bytesText(ops.moved[op]),
    },
    {
      title: 'useful',
      key: 'useful',
      numeric: true,
      value: (op) => ratio(ops.useful[op], ops.issued[op]),
      text: (op) => (ops.issued[op] > 0 ? percentText(ratio(ops.useful[op], ops.issued[op])) : '–'),
    },
    {
      title: 'bound',
      key: 'bound',
      value: (op) => steps[ops.bound[op]].bound,
      text: (op) => steps[ops.bound[op]].bound,
    },
  );
  return columns;
}

/** Operators that have the text in name, type, origin or bound, ordered by a column. */
export function arranged(state, run, columns, { filter, key, isDown }) {
  const { ops } = state.runs[run];
  const wanted = filter.trim().toLowerCase();
  const column = columns.find((each) => each.key === key);
  const rows = [];
  for (let op = 0; op < ops.count; ++op) {
    const texts = [
      ops.name[op],
      ops.type[op],
      state.data.steps[ops.bound[op]].bound,
      ...ops.origin[op],
    ];
    if (wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted))) rows.push(op);
  }
  const compare = (a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    const order = x < y ? -1 : x > y ? 1 : 0;
    return (isDown ? -order : order) || a - b;
  };
  return rows.sort(compare);
}

/** The rows as CSV, times in nanoseconds and bytes as plain numbers. */
export function csvOf(columns, rows) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const plain = (value) => (typeof value === 'number' ? String(value) : quoted(value));
  return [
    columns.map((column) => quoted(column.key)).join(','),
    ...rows.map((op) => columns.map((column) => plain(column.value(op))).join(',')),
  ].join('\n');
}
