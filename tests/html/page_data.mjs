// The data inside a page, read and replaced without a browser: how tests look at what was written
// and make pages larger than any network at hand.

import { unpack } from '../../profiles/pages/common/columns.mjs';

const kElement = /(<script type="application\/json" id="data">)([^]*?)(<\/script>)/;

/** The data of a page. */
export function dataOf(html) {
  return JSON.parse(kElement.exec(html)[2]);
}

/** The page with other data. */
export function withData(html, data) {
  const text = JSON.stringify(data).replaceAll('<', '\\u003c');
  return html.replace(kElement, (_, open, old, close) => open + text + close);
}

function base64Of(numbers) {
  const bytes = [];
  for (const value of numbers) {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes).toString('base64');
}

/** A column as the program packs it. */
export function pack(column) {
  const values = base64Of(column);
  const differences = base64Of(column.map((value, i) => (i === 0 ? value : value - column[i - 1])));
  return differences.length < values.length ? `d${differences}` : `v${values}`;
}

/** The run repeated end to end, with `times` as many commands. */
export function repeated(run, times) {
  const { spans, memory } = run;
  const copy = structuredClone(run);
  const repeat = (text, change = (value) => value) => {
    const column = unpack(text);
    const result = new Float64Array(column.length * times);
    for (let turn = 0; turn < times; ++turn) {
      for (let i = 0; i < column.length; ++i) {
        result[turn * column.length + i] = change(column[i], turn);
      }
    }
    return pack(result);
  };
  const plain = [
    'form',
    'op',
    'group',
    'core',
    'slice',
    'timestep',
    'length_ns',
    'result',
    'operand0',
    'operand1',
    'operand2',
  ];
  for (const name of plain) copy.spans[name] = repeat(spans[name]);
  const engine = unpack(spans.forms.engine);
  const form = unpack(spans.form);
  const queues = [0, 0];
  for (const each of form) ++queues[engine[each]];
  let at = 0;
  copy.spans.waits_for = repeat(spans.waits_for, (id, turn) => {
    const other = 1 - engine[form[at++ % form.length]];
    return id === 0 ? 0 : id + turn * queues[other];
  });
  // Both engines start each round together, when the slower one is done with the round before.
  const ends = [0, 0];
  const gap = unpack(spans.gap_ns);
  const length = unpack(spans.length_ns);
  for (let i = 0; i < spans.count; ++i) ends[engine[form[i]]] += gap[i] + length[i];
  const seen = [-1, -1];
  let i = 0;
  copy.spans.gap_ns = repeat(spans.gap_ns, (value, turn) => {
    const own = engine[form[i++ % form.length]];
    const isFirst = seen[own] !== turn && turn > 0;
    seen[own] = turn;
    return isFirst ? value + spans.makespan_ns - ends[own] : value;
  });
  const later = (ns, turn) => ns + turn * spans.makespan_ns;
  copy.spans.layers = {
    op: repeat(spans.layers.op),
    height: repeat(spans.layers.height),
    end_ns: repeat(spans.layers.end_ns, later),
  };
  copy.memory.local = {
    ...copy.memory.local,
    address: repeat(memory.local.address),
    bytes: repeat(memory.local.bytes),
    length_ns: repeat(memory.local.length_ns),
    from_ns: repeat(memory.local.from_ns, later),
    writer: repeat(memory.local.writer, (span, turn) => span + turn * spans.count),
  };
  copy.spans.count = spans.count * times;
  copy.spans.makespan_ns = spans.makespan_ns * times;
  copy.summary.time_ps *= times;
  return copy;
}

/** As much of a run as linking and layouts look at: operators from [name, origin, attributed time]. */
export function runOf(ops) {
  return {
    ops: {
      count: ops.length,
      name: ops.map((op) => op[0]),
      origin: ops.map((op) => op[1]),
      blame: ops.map((op) => op[2]),
    },
    spans: { makespan: 100 },
  };
}
