// What the page says of its data: amounts with their units, tones, rows in order. No elements.

import { bytesText, changeText, differenceText, grouped, siText, timeText } from '../common/format.mjs';

/** An amount in the unit that the figure's name tells. */
export function amountText(name, value) {
  if (name.endsWith('_ps')) return timeText(value / 1000);
  if (name.endsWith('_bytes')) return bytesText(value);
  if (name.endsWith('_khz')) return `${grouped(value / 1000)}\u00a0MHz`;
  if (name.endsWith('_per_second')) return `${siText(value)}/s`;
  // Counts of operations: nobody compares their ninth digit, and the JSON form has it.
  return Math.abs(value) >= 1e7 ? siText(value) : grouped(value);
}

/** "better" or "worse" for a change of a figure that should be small ("less") or large ("more"). */
export function toneOf(sense, base, now) {
  if (base === now || sense === 'neutral') return '';
  return now < base === (sense === 'less') ? 'better' : 'worse';
}

/** A figure of both runs, or null. */
export function figureOf(diff, name) {
  return diff.figures.find((figure) => figure.name === name) ?? null;
}

/** The sum of figures of both runs; null where a run lacks one of them. */
export function sumOf(diff, names) {
  const parts = names.map((name) => figureOf(diff, name));
  if (parts.includes(null)) return null;
  const total = (side) => parts.reduce((sum, part) => sum + part[side], 0);
  return { base: total('base'), now: total('now') };
}

/** "27.3 % faster", "as fast as before": how now compares with base. */
export function paceText(base, now) {
  if (base === now) return 'as fast as base';
  if (base === 0) return 'slower';
  const percent = (100 * Math.abs(now - base)) / base;
  const word = now < base ? 'faster' : 'slower';
  return percent < 0.05 ? `${word} by less than 0.1\u00a0%` : `${percent.toFixed(1)}\u00a0% ${word}`;
}

/** A fact as one text: both values where they are not equal. */
export function factText(diff, name) {
  const [base, now] = [diff.base.facts[name] ?? '', diff.now.facts[name] ?? ''];
  if (base === now || base === '' || now === '') return now || base;
  return `${base} → ${now}`;
}

/** The runs as the report's waterfall takes them, times in nanoseconds. */
export function waterfallState(diff) {
  const run = (side) => ({
    label: side,
    waterfall: diff.steps.map((step) => step[side] / 1000),
    summary: { time: diff.steps.reduce((sum, step) => sum + step[side], 0) / 1000 },
  });
  return { runs: [run('base'), run('now')], data: { steps: diff.steps } };
}

/** "conv1", or "conv1 (2 → 1)" where a row is not one operator on each side. */
export function rowLabel({ base, now }) {
  const name = (now.length > 0 ? now : base)[0];
  return base.length <= 1 && now.length <= 1 ? name : `${name} (${base.length} → ${now.length})`;
}

/**
 * Columns of the table of operators: what they show and what they are sorted by. The change comes
 * before what it is made of, so that narrow screens show it.
 */
export const kDiffColumns = [
  { key: 'name', title: 'operator', text: rowLabel, value: rowLabel },
  {
    key: 'change',
    title: 'change',
    numeric: true,
    // What is printed with the same digits has not changed for a reader.
    text: (row) => {
      const [base, now] = [row.base_ps / 1000, row.now_ps / 1000];
      const isAlike = row.base.length > 0 && row.now.length > 0 && timeText(base) === timeText(now);
      return isAlike ? '=' : differenceText(now - base);
    },
    // The largest changes come first, whichever way they go.
    value: (row) => Math.abs(row.now_ps - row.base_ps),
    tone: (row) => toneOf('less', row.base_ps, row.now_ps),
  },
  {
    key: 'percent',
    title: '%',
    numeric: true,
    text: (row) => (row.now.length === 0 ? 'gone' : changeText(row.base_ps, row.now_ps)),
    value: (row) => (row.base_ps > 0 ? (row.now_ps - row.base_ps) / row.base_ps : Infinity),
    tone: (row) => toneOf('less', row.base_ps, row.now_ps),
  },
  {
    key: 'base',
    title: 'base',
    numeric: true,
    text: (row) => (row.base.length === 0 ? '–' : timeText(row.base_ps / 1000)),
    value: (row) => row.base_ps,
  },
  {
    key: 'now',
    title: 'now',
    numeric: true,
    text: (row) => (row.now.length === 0 ? '–' : timeText(row.now_ps / 1000)),
    value: (row) => row.now_ps,
  },
  { key: 'type', title: 'type', text: (row) => row.type, value: (row) => row.type },
  { key: 'match', title: 'match', text: (row) => row.match, value: (row) => row.match },
];

/** Rows that have the filter's text in a name, type or match, in the order that is asked for. */
export function arrangedRows(rows, { filter, key, isDown }) {
  const text = filter.trim().toLowerCase();
  const column = kDiffColumns.find((each) => each.key === key);
  const compare = (a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  return rows
    .filter((row) =>
      [row.type, row.match, ...row.base, ...row.now].some((each) =>
        each.toLowerCase().includes(text),
      ),
    )
    .sort((a, b) => (isDown ? compare(b, a) : compare(a, b)));
}
