// Level of detail: spans narrower than a pixel are summed up per pixel, so that drawing costs what
// the screen is wide and not what the program is long.

import { upperBound } from './columns.mjs';

/** Room for the sums of a row of `width` pixels; reused from frame to frame. */
export function makeBins(width) {
  return {
    width,
    cover: new Float32Array(width), // share of the pixel in which something runs
    weight: new Float32Array(width), // cover x height
    longest: new Float32Array(width), // of one span within the pixel
    colour: new Uint8Array(width), // of that span
    marked: new Uint8Array(width), // whether a marked operator is in it
  };
}

/**
 * Sums the spans of `row` that meet [from, to) per pixel. Spans of at least `minPixels` are not
 * summed but given to `draw(index, x0, x1, isMarked)`, with edges in pixels. `colours` holds one
 * small number per span, `marks` one flag per operator or null.
 */
export function binRow(row, from, to, bins, minPixels, colours, marks, draw) {
  const { width, cover, weight, longest, colour, marked } = bins;
  cover.fill(0);
  weight.fill(0);
  longest.fill(0);
  marked.fill(0);
  const scale = width / (to - from);
  const { start, end, height, op, count } = row;
  for (let i = upperBound(end, from); i < count && start[i] < to; ++i) {
    const x0 = (start[i] - from) * scale;
    const x1 = (end[i] - from) * scale;
    const isMarked = marks !== null && op[i] >= 0 && marks[op[i]] === 1;
    if (x1 - x0 >= minPixels) {
      draw(i, x0, x1, isMarked);
      continue;
    }
    const first = x0 > 0 ? Math.floor(x0) : 0;
    const last = Math.min(width - 1, Math.floor(x1));
    for (let x = first; x <= last; ++x) {
      const part = Math.min(x1, x + 1) - Math.max(x0, x);
      if (part <= 0 && x1 > x0) continue;
      cover[x] += part;
      weight[x] += part * height[i];
      if (isMarked) marked[x] = 1;
      if (part >= longest[x]) {
        longest[x] = part;
        colour[x] = colours[i];
      }
    }
  }
}

/** Index of the span of a row at a time, or -1; within `slack` of one also counts. */
export function spanAt(row, time, slack) {
  const i = upperBound(row.end, time - slack);
  if (i >= row.count) return -1;
  if (row.start[i] <= time && time < row.end[i]) return i;
  // The nearest of those within reach.
  let best = -1;
  let distance = Infinity;
  for (let j = i; j < row.count && row.start[j] <= time + slack; ++j) {
    const away = time < row.start[j] ? row.start[j] - time : Math.max(0, time - row.end[j]);
    if (away < distance) {
      best = j;
      distance = away;
    }
  }
  return best;
}

/** What runs between two times: busy time, bytes, and time per operator with the most first. */
export function summariseRange(run, from, to) {
  const { spans } = run;
  const busy = [0, 0];
  let bytes = 0;
  const perOp = new Map();
  for (let i = 0; i < spans.count; ++i) {
    const part = Math.min(to, spans.end[i]) - Math.max(from, spans.start[i]);
    if (part <= 0) continue;
    busy[spans.engine[i]] += part;
    const form = spans.form[i];
    const length = spans.end[i] - spans.start[i];
    bytes += spans.forms.bytes[form] * (length > 0 ? part / length : 1);
    perOp.set(spans.op[i], (perOp.get(spans.op[i]) ?? 0) + part);
  }
  const ops = [...perOp].filter(([op]) => op >= 0).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return { bdc: busy[0], gdma: busy[1], bytes, ops };
}
