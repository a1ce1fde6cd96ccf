// Commands of both runs as rows of a timeline: one for each engine of each core, and in what colour
// each command is. No elements.

import { unpackAll } from '../common/columns.mjs';
import { topTypes } from '../common/colours.mjs';

/** Whether a run of the diff has commands; tables of a board have operators alone. */
export function hasSpans({ timelines }) {
  return ['base', 'now'].some((side) => timelines[side].queue.length > 1);
}

/** Rows of one run by core, GDMA above BDC: spans in order of time; `op` is the row of the table. */
export function rowsOfSide(columns) {
  const { queue, start, length, row } = unpackAll(columns);
  const queues = new Map();
  queue.forEach((number, i) => {
    if (!queues.has(number)) queues.set(number, []);
    queues.get(number).push(i);
  });
  const cores = [...new Set([...queues.keys()].map((number) => number >> 1))].sort((a, b) => a - b);
  const numbers = cores.flatMap((core) => [2 * core + 1, 2 * core]).filter((each) => queues.has(each));
  return numbers.map((number) => {
    const spans = queues.get(number);
    const engine = number % 2 === 1 ? 'GDMA' : 'BDC';
    return {
      name: cores.length > 1 ? `${engine} ${number >> 1}` : engine,
      count: spans.length,
      start: Float64Array.from(spans, (i) => start[i]),
      end: Float64Array.from(spans, (i) => start[i] + length[i]),
      height: new Float32Array(spans.length).fill(1),
      op: Int32Array.from(spans, (i) => row[i]),
      labels: null,
    };
  });
}

/** Types of operators that have a colour of their own, by the time of both runs. */
export function typesOf({ rows }) {
  const run = (side) => ({
    ops: { count: rows.length, type: rows.map((row) => row.type), blame: rows.map((row) => row[`${side}_ps`]) },
  });
  return topTypes([run('base'), run('now')]);
}

/** Colour numbers of the spans of a row; what is of no operator is as those without a colour. */
export function coloursOf(row, rows, types) {
  return Uint8Array.from(row.op, (op) => {
    const at = op < 0 ? -1 : types.indexOf(rows[op].type);
    return at < 0 ? 7 : at;
  });
}
