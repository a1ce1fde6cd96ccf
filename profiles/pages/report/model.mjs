// The data of the page as typed arrays. Times are nanoseconds everywhere behind this file.

import { unpack, unpackAll } from '../common/columns.mjs';

const kPicoseconds = 1000;

// A member that is computed when it is first asked for: the first screen needs few of the columns.
function lazily(object, members) {
  for (const [name, compute] of Object.entries(members)) {
    const define = (property) =>
      Object.defineProperty(object, name, { enumerable: true, ...property });
    define({
      configurable: true,
      get() {
        const value = compute();
        define({ value });
        return value;
      },
    });
  }
  return object;
}

function nanoseconds(picoseconds) {
  return picoseconds.map((value) => value / kPicoseconds);
}

function readOps(ops) {
  const steps = ops.steps_ps.map((text) => nanoseconds(unpack(text)));
  const blame = new Float64Array(ops.count);
  const bound = new Uint8Array(ops.count);
  for (let op = 0; op < ops.count; ++op) {
    for (let step = 0; step < steps.length; ++step) {
      blame[op] += steps[step][op];
      if (steps[step][op] > steps[bound[op]][op]) bound[op] = step;
    }
  }
  const { id, group, moved, ddr, useful, issued, commands } = unpackAll(ops);
  return {
    count: ops.count,
    name: ops.name,
    type: ops.type,
    shape: ops.shape,
    madeBy: ops.made_by,
    origin: ops.origin,
    id,
    group,
    steps,
    blame,
    bound,
    moved,
    ddr,
    useful,
    issued,
    commands,
    bdc: nanoseconds(unpack(ops.bdc_ps)),
    gdma: nanoseconds(unpack(ops.gdma_ps)),
    hidden: nanoseconds(unpack(ops.hidden_ps)),
  };
}

// Start and end of every command, and the command that it waits for (-1: none).
function readSpans(spans) {
  const { count } = spans;
  const column = (name) => (spans[name] === undefined ? new Float64Array(0) : unpack(spans[name]));
  const int32 = (name) => new Int32Array(column(name));
  const [form, core, waitsFor] = [int32('form'), int32('core'), int32('waits_for')];
  const [gap, length] = [column('gap_ns'), column('length_ns')];
  const forms = unpackAll(spans.forms);
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const engine = new Uint8Array(count);
  const id = new Int32Array(count);
  const waits = new Int32Array(count).fill(-1);
  const free = []; // by core and engine: when its last command ended
  const queues = new Map(); // by core and engine: its commands in order
  for (let i = 0; i < count; ++i) {
    engine[i] = forms.engine[form[i]];
    const key = 2 * core[i] + engine[i];
    if (free[key] === undefined) {
      free[key] = 0;
      queues.set(key, []);
    }
    start[i] = free[key] + gap[i];
    end[i] = start[i] + length[i];
    free[key] = end[i];
    id[i] = queues.get(key).push(i);
  }
  for (let i = 0; i < count; ++i) {
    const wanted = waitsFor[i];
    if (wanted === 0) continue;
    const other = queues.get(2 * core[i] + 1 - engine[i]);
    if (other !== undefined && wanted <= other.length) waits[i] = other[wanted - 1];
  }
  const read = {
    count,
    start,
    end,
    engine,
    id,
    waits,
    forms,
    launch: spans.launch_ns,
    makespan: spans.makespan_ns,
    kinds: spans.kinds,
    directions: spans.directions,
    dtypes: spans.dtypes,
    queues,
    form,
    op: int32('op'),
    core,
  };
  return lazily(read, {
    group: () => int32('group'),
    slice: () => int32('slice'),
    timestep: () => int32('timestep'),
    result: () => int32('result'),
    operands: () => [int32('operand0'), int32('operand1'), int32('operand2')],
    ranges: () => unpackAll(spans.ranges),
  });
}

// Spans of the row of operators follow each other without a gap.
function readLayers(layers) {
  const { op, height, end_ns: end } = unpackAll(layers);
  const start = new Float64Array(end.length);
  for (let i = 1; i < end.length; ++i) start[i] = end[i - 1];
  return { op, height, start, end };
}

function readLifetimes(columns) {
  const {
    from_ns: from = new Float64Array(0),
    length_ns: length = from,
    ...rest
  } = unpackAll(columns);
  return { ...rest, from, until: from.map((time, i) => time + length[i]) };
}

function readGroups(groups) {
  const { ops, slices, rows, peak } = unpackAll(groups);
  return {
    count: groups.count,
    type: groups.type,
    ops,
    slices,
    rows,
    peak,
    secs: groups.secs.map(unpack),
    blame: nanoseconds(unpack(groups.blame_ps)),
    estimate: nanoseconds(unpack(groups.estimate_ps)),
  };
}

// Nodes of the picture: operators of the table (`op`), and others with a name and type of their own.
function readGraph({ row, from, to, names, types }) {
  const op = unpack(row);
  let next = 0;
  const place = Int32Array.from(op, (each) => (each < 0 ? next++ : -1));
  return {
    count: op.length,
    op,
    from: unpack(from),
    to: unpack(to),
    nameOf: (node) => names[place[node]],
    typeOf: (node) => types[place[node]],
  };
}

// Picoseconds of a summary become nanoseconds under the name without its unit.
function readSummary(summary) {
  const read = {};
  for (const [name, value] of Object.entries(summary)) {
    if (Array.isArray(value)) read[name.slice(0, -3)] = nanoseconds(value);
    else if (name.endsWith('_ps')) read[name.slice(0, -3)] = value / kPicoseconds;
    else read[name] = value;
  }
  return read;
}

// Of each operator: [kind, nanoseconds] of what its time rests on.
function readOpEvidence({ evidence_ps: columns = {} }) {
  const kinds = Object.entries(columns).map(([kind, text]) => [kind, nanoseconds(unpack(text))]);
  return (op) => kinds.map(([kind, times]) => [kind, times[op]]).filter(([, time]) => time > 0);
}

/** One run, as write_html_run() of the program writes it. */
export function readRun(run, label) {
  const read = {
    label,
    identity: run.identity,
    summary: readSummary(run.summary),
    verdict: { ...run.verdict, time: run.verdict.time_ps / kPicoseconds },
    waterfall: nanoseconds(run.waterfall_ps),
    ops: { ...readOps(run.ops), evidenceOf: readOpEvidence(run.ops) },
    findings: run.findings.map((finding) => ({ ...finding, cost: finding.gain_ps / kPicoseconds })),
    groups: readGroups(run.groups),
    evidence: run.evidence.map((row) => ({ ...row, time: row.time_ps / kPicoseconds })),
    reachableDdr: run.reachable_ddr_bytes_per_second,
    decisions: run.decisions,
    passes: run.passes,
    spans: readSpans(run.spans),
    layers: readLayers(run.spans.layers),
  };
  const { local, ddr } = run.memory;
  return lazily(read, {
    graph: () => readGraph(run.graph),
    local: () => readLifetimes(local),
    ddr: () => ({ ...readLifetimes(ddr), name: ddr.name, roles: ddr.roles }),
  });
}

// One row per precision with the times of its presets; the other figures are those of the last one.
function readPrecisions(rows) {
  const byName = new Map();
  for (const { precision, time_ps: time, ddr_bytes: bytes, compute_utilisation: useful } of rows) {
    const times = byName.get(precision)?.times ?? [];
    times.push(time / kPicoseconds);
    byName.set(precision, { name: precision, times, ddr_bytes: bytes, useful });
  }
  return [...byName.values()];
}

/** What a page has besides its runs; a live page begins without any. */
export function readFrame(data) {
  return {
    tool: data.tool,
    steps: data.steps,
    // Null without a budget.
    budget: data.budget_ps ? data.budget_ps / kPicoseconds : null,
    switches: (data.switches ?? []).map((step) => ({
      ...step,
      time: step.time_ps / kPicoseconds,
      alone: step.alone_ps / kPicoseconds,
      leftOut: step.left_out_ps / kPicoseconds,
      average: step.average_saved_ps / kPicoseconds,
      averageError: step.average_error_ps / kPicoseconds,
    })),
    families: data.families ?? [],
    averages: data.averages ?? {},
    presets: data.presets,
    precisions: readPrecisions(data.precisions ?? []),
    // Null when nobody asked; pages of before know nothing of it.
    sensitivities: data.sensitivities ?? null,
    capabilities: data.capabilities ?? null,
  };
}

/** All of the page's data. The last run is the one that is judged. */
export function readData(data) {
  const labels = data.runs.length > 1 ? ['before', 'after'] : ['run'];
  return { ...readFrame(data), runs: data.runs.map((run, i) => readRun(run, labels[i])) };
}
