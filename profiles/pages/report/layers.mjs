// Layered layout of a network: operators in columns by how far they are from the inputs, columns in
// lines like text, as many lines as fill the room. Distances are in units of the picture.

export const kColumn = 132; // from column to column
export const kRowOfNode = 40; // from node to node within one
export const kNode = { width: 112, height: 30 };
const kBetweenLines = 46; // room for an edge and the titles of groups
const kSweeps = 4;

/** The largest scale at which a whole network is shown; lines are not broken to exceed it. */
export const kLargest = 1.2;

// Operators by operands and users.
function neighbours({ count, from, to }) {
  const into = Array.from({ length: count }, () => []);
  const out = Array.from({ length: count }, () => []);
  for (let edge = 0; edge < from.length; ++edge) {
    into[to[edge]].push(from[edge]);
    out[from[edge]].push(to[edge]);
  }
  return { into, out };
}

/** The column of each node: behind all its operands; what has none stands before its first user. */
export function nodeColumns(graph, { into, out } = neighbours(graph)) {
  const column = new Int32Array(graph.count);
  const missing = Int32Array.from(into, (list) => list.length);
  const ready = [];
  for (let node = 0; node < graph.count; ++node) if (missing[node] === 0) ready.push(node);
  for (let at = 0; at < ready.length; ++at) {
    const node = ready[at];
    for (const user of out[node]) {
      column[user] = Math.max(column[user], column[node] + 1);
      if (--missing[user] === 0) ready.push(user);
    }
  }
  for (let node = 0; node < graph.count; ++node) {
    if (into[node].length > 0 || out[node].length === 0) continue;
    column[node] = Math.min(...out[node].map((user) => column[user])) - 1;
  }
  return column;
}

// Nodes of each column, ordered so that edges cross little: each goes where its neighbours are on
// average, forwards and backwards in turn.
function orderedColumns(column, { into, out }) {
  const columns = [];
  for (let node = 0; node < column.length; ++node) (columns[column[node]] ??= []).push(node);
  for (let i = 0; i < columns.length; ++i) columns[i] ??= [];
  const place = new Float64Array(column.length);
  const settle = (nodes) => nodes.forEach((node, i) => (place[node] = i - (nodes.length - 1) / 2));
  columns.forEach(settle);
  for (let sweep = 0; sweep < kSweeps; ++sweep) {
    const isForward = sweep % 2 === 0;
    const near = isForward ? into : out;
    for (const nodes of isForward ? columns : [...columns].reverse()) {
      if (nodes.length < 2) continue;
      const wanted = new Map(
        nodes.map((node) => [
          node,
          near[node].length === 0
            ? place[node]
            : near[node].reduce((sum, other) => sum + place[other], 0) / near[node].length,
        ]),
      );
      nodes.sort((a, b) => wanted.get(a) - wanted.get(b) || a - b);
      settle(nodes);
    }
  }
  return { columns, place };
}

// Heights of lines of `length` columns, without what is between them.
function lineHeights(columns, length) {
  const heights = [];
  for (let i = 0; i < columns.length; ++i) {
    const line = Math.floor(i / length);
    heights[line] = Math.max(heights[line] ?? 1, columns[i].length);
  }
  return heights.map((most) => most * kRowOfNode);
}

function sizeOf(heights, length) {
  const height = heights.reduce((sum, each) => sum + each + kBetweenLines, 0);
  return { width: length * kColumn, height };
}

/** How many columns a line has, so that all of it is as large as can be in width x height. */
export function lineLength(columns, width, height) {
  let best = { length: 1, scale: 0 };
  for (let lines = 1; lines <= Math.min(80, columns.length); ++lines) {
    const length = Math.ceil(columns.length / lines);
    const size = sizeOf(lineHeights(columns, length), length);
    const scale = Math.min(kLargest, width / size.width, height / size.height);
    if (scale > best.scale) best = { length, scale };
  }
  return best.length;
}

/**
 * Places: left and top corner `x`, `y` of each node, its `line`; tops of lines; the whole size; and
 * operands and users of nodes.
 */
export function layOutNetwork(graph, width, height) {
  const near = neighbours(graph);
  const column = nodeColumns(graph, near);
  const { columns, place } = orderedColumns(column, near);
  const length = lineLength(columns, width, height);
  const heights = lineHeights(columns, length);
  const tops = [];
  heights.reduce((top, each, line) => ((tops[line] = top), top + each + kBetweenLines), 0);
  const x = new Float64Array(graph.count);
  const y = new Float64Array(graph.count);
  const line = new Int32Array(graph.count);
  for (let node = 0; node < graph.count; ++node) {
    line[node] = Math.floor(column[node] / length);
    x[node] = (column[node] % length) * kColumn + (kColumn - kNode.width) / 2;
    const middle = tops[line[node]] + heights[line[node]] / 2;
    y[node] = middle + place[node] * kRowOfNode - kNode.height / 2;
  }
  return { ...near, column, x, y, line, tops, heights, ...sizeOf(heights, length) };
}

/**
 * Boxes around the operators of each layer group of several, one for each line that it is in:
 * {group, x, y, width, height}. `groupOf(node)` is -1 for nodes of none.
 */
export function groupBoxes(layout, count, groupOf) {
  const boxes = new Map();
  for (let node = 0; node < count; ++node) {
    const group = groupOf(node);
    if (group < 0) continue;
    const key = `${group} ${layout.line[node]}`;
    const box = boxes.get(key) ?? { group, x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
    box.x0 = Math.min(box.x0, layout.x[node]);
    box.y0 = Math.min(box.y0, layout.y[node]);
    box.x1 = Math.max(box.x1, layout.x[node] + kNode.width);
    box.y1 = Math.max(box.y1, layout.y[node] + kNode.height);
    boxes.set(key, box);
  }
  const room = 8;
  return [...boxes.values()].map(({ group, x0, y0, x1, y1 }) => ({
    group,
    x: x0 - room,
    y: y0 - room,
    width: x1 - x0 + 2 * room,
    height: y1 - y0 + 2 * room,
  }));
}
