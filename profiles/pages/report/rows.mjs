// Rows of the timeline, from top to bottom as in the vendor's bmprofile: SUBNET as a separator, the
// layer groups, TPU_LAYER, and for every core TPU_GDMA and TPU_BD. The height of a bar carries
// meaning. The row NODE_OP is missing: it shows the control processor, which is not simulated.

import { ratio } from '../common/format.mjs';

/** Kinds of work, the second way to colour bars. */
export const kWork = ['cube', 'vector', 'load', 'load weight', 'store', 'copy', 'other'];

const kHost = 'Host'; // the kind of what the chip waits for

function workOf(kind, direction) {
  if (kind === kHost) return 6;
  if (kind === 'Conv' || kind === 'MatMul') return 0;
  if (direction === 'S2L') return kind === 'Load weight' ? 3 : 2;
  if (direction === 'L2S') return 4;
  if (direction === 'S2S' || direction === 'L2L') return 5;
  return 1;
}

// A row: spans that do not overlap, in order of time. `span` is a command or -1, `op` an operator
// or -1, `height` between 0 and 1, `work` an index in kWork.
function makeRow(name, meaning, count) {
  return {
    name,
    meaning,
    count,
    start: new Float64Array(count),
    end: new Float64Array(count),
    height: new Float32Array(count).fill(1),
    op: new Int32Array(count).fill(-1),
    span: new Int32Array(count).fill(-1),
    work: new Uint8Array(count).fill(6),
    labels: null,
  };
}

function subnetRow({ spans, identity }) {
  const row = makeRow('SUBNET', 'the network after its launch; a separator', 2);
  row.start.set([0, spans.launch]);
  row.end.set([spans.launch, spans.makespan]);
  row.height.fill(0.45);
  row.labels = ['launch', identity.model];
  return row;
}

/** Time attributed to groups of several operators; null when every operator is alone. */
function groupRow({ layers, ops, groups }) {
  if (!groups.ops.some((count) => count > 1)) return null;
  const found = [];
  for (let i = 0; i < layers.end.length; ++i) {
    const group = layers.op[i] < 0 ? -1 : ops.group[layers.op[i]];
    const last = found.at(-1);
    if (last !== undefined && (last.group === group || layers.op[i] < 0)) last.end = layers.end[i];
    else if (group >= 0)
      found.push({ group, op: layers.op[i], start: layers.start[i], end: layers.end[i] });
  }
  const row = makeRow('GROUP', 'layer groups, by the time attributed to them', found.length);
  found.forEach((span, i) => {
    row.start[i] = span.start;
    row.end[i] = span.end;
    row.op[i] = span.op;
    row.height[i] = groups.ops[span.group] > 1 ? 1 : 0.4;
  });
  row.labels = found.map((span) => String(span.group));
  return row;
}

function layerRow({ layers, ops }) {
  const row = makeRow(
    'TPU_LAYER',
    'time attributed to operators; half height: only data moves',
    layers.end.length,
  );
  row.start.set(layers.start);
  row.end.set(layers.end);
  for (let i = 0; i < row.count; ++i) {
    row.op[i] = layers.op[i];
    row.height[i] = [0.15, 0.5, 1][layers.height[i]];
    row.work[i] = layers.height[i] === 1 ? 2 : 6;
  }
  row.labels = Array.from(layers.op, (op, i) =>
    op >= 0 ? ops.name[op] : i === 0 ? 'launch' : 'idle',
  );
  return row;
}

/** What a command's bar is as high as: useful share of BDC, bandwidth of GDMA over the bus's peak. */
export function heightOf({ spans, summary }, span) {
  const { forms } = spans;
  const form = spans.form[span];
  if (spans.engine[span] === 0) return ratio(forms.useful[form], forms.issued[form]);
  const seconds = (spans.end[span] - spans.start[span]) * 1e-9;
  return Math.min(1, ratio(forms.bytes[form], seconds * summary.peak_ddr_bytes_per_second));
}

function isHost({ spans }, span) {
  return spans.kinds[spans.forms.kind[spans.form[span]]] === kHost;
}

/** What the host does while the chip waits; null when it does nothing. */
function hostRow(run) {
  const { spans, ops } = run;
  const found = [...spans.queues.values()].flatMap((queue) =>
    Array.from(queue).filter((span) => isHost(run, span)),
  );
  if (found.length === 0) return null;
  const row = makeRow('HOST_CPU', 'work of the host, copies included; the chip waits', found.length);
  found.forEach((span, i) => {
    row.start[i] = spans.start[span];
    row.end[i] = spans.end[span];
    row.op[i] = spans.op[span];
    row.span[i] = span;
  });
  row.labels = found.map((span) => (spans.op[span] >= 0 ? ops.name[spans.op[span]] : kHost));
  return row;
}

function engineRow(run, core, engine, suffix) {
  const { spans } = run;
  const queue = Array.from(spans.queues.get(2 * core + engine) ?? []).filter(
    (span) => engine === 0 || !isHost(run, span),
  );
  const row =
    engine === 0
      ? makeRow(
          `TPU_BD${suffix}`,
          'commands of BDC; height: useful of performed operations',
          queue.length,
        )
      : makeRow(
          `TPU_GDMA${suffix}`,
          "commands of GDMA; height: bandwidth of the bus's peak",
          queue.length,
        );
  const kindWork = spans.forms.kind.map((kind, form) =>
    workOf(spans.kinds[kind], spans.directions[spans.forms.direction[form]]),
  );
  Object.assign(row, { core, engine });
  for (let i = 0; i < queue.length; ++i) {
    const span = queue[i];
    row.start[i] = spans.start[span];
    row.end[i] = spans.end[span];
    row.op[i] = spans.op[span];
    row.span[i] = span;
    row.height[i] = heightOf(run, span);
    row.work[i] = kindWork[spans.form[span]];
  }
  return row;
}

/** All rows of one run. */
export function rowsOf(run) {
  const cores = [...new Set([...run.spans.queues.keys()].map((key) => key >> 1))].sort(
    (a, b) => a - b,
  );
  const engines = (cores.length > 0 ? cores : [0]).flatMap((core) => {
    const suffix = cores.length > 1 ? ` ${core}` : '';
    return [engineRow(run, core, 1, suffix), engineRow(run, core, 0, suffix)];
  });
  return [subnetRow(run), groupRow(run), layerRow(run), hostRow(run), ...engines].filter(
    (row) => row !== null,
  );
}
