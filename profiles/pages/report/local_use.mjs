// What is in local memory when, computed from lifetimes and from the ranges of commands.

import { bytesText, timeText } from '../common/format.mjs';

/** Commands of a core in order of their starts, and the longest, so that a view finds its commands. */
export function accessIndex({ spans }, core) {
  const order = Array.from({ length: spans.count }, (_, i) => i)
    .filter((i) => spans.core[i] === core)
    .sort((a, b) => spans.start[a] - spans.start[b] || a - b);
  let longest = 0;
  for (const i of order) longest = Math.max(longest, spans.end[i] - spans.start[i]);
  return { order, starts: Float64Array.from(order, (span) => spans.start[span]), longest };
}

/** What is in one core's local memory; that is where the core writes it. */
export function localOf({ local, spans }, core) {
  const kept = [];
  for (let i = 0; i < local.from.length; ++i) {
    if (spans.core[local.writer[i]] === core) kept.push(i);
  }
  if (kept.length === local.from.length) return local;
  const columns = ['from', 'until', 'address', 'bytes', 'writer'];
  return Object.fromEntries(
    columns.map((name) => [name, Float64Array.from(kept, (i) => local[name][i])]),
  );
}

/** Lifetimes in the same place get the same number: {places, placeCount}. */
export function numberPlaces({ from, address, bytes }) {
  const numbers = new Map();
  const places = new Int32Array(from.length);
  for (let i = 0; i < from.length; ++i) {
    const key = address[i] * 2 ** 26 + bytes[i];
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    places[i] = numbers.get(key);
  }
  return { places, placeCount: numbers.size };
}

/** Length of the longest lifetime, so that a view finds those that began before it. */
export function longestOf({ from, until }) {
  let longest = 0;
  for (let i = 0; i < from.length; ++i) longest = Math.max(longest, until[i] - from[i]);
  return longest;
}

/** Bytes per lane in use over time: {time, bytes}, in order. Lifetimes are in order of `from`. */
export function useOver({ from, until, bytes }) {
  const order = Uint32Array.from(until.keys()).sort((a, b) => until[a] - until[b]);
  const time = new Float64Array(2 * from.length);
  const use = new Float64Array(2 * from.length);
  let sum = 0;
  let gone = 0;
  let at = 0;
  for (let i = 0; i <= from.length; ++i) {
    // At one time what goes makes room before anything comes.
    while (gone < i && (i === from.length || until[order[gone]] <= from[i])) {
      time[at] = until[order[gone]];
      use[at++] = sum -= bytes[order[gone++]];
    }
    if (i === from.length) break;
    time[at] = from[i];
    use[at++] = sum += bytes[i];
  }
  return { time, bytes: use };
}

/** When most bytes per lane are in use, and how many: {time, bytes}. */
export function peakOf(local) {
  const { time, bytes } = useOver(local);
  let peak = 0;
  for (let i = 0; i < bytes.length; ++i) if (bytes[i] > bytes[peak]) peak = i;
  return { time: time[peak] ?? 0, bytes: bytes[peak] ?? 0 };
}

/** What is held at a time, as rows of a table, largest first. */
export function heldAt({ local, spans, ops }, time) {
  const held = [];
  for (let i = 0; i < local.from.length; ++i) {
    if (local.from[i] <= time && local.until[i] > time) held.push(i);
  }
  held.sort((a, b) => local.bytes[b] - local.bytes[a] || a - b);
  return held.map((i) => {
    const span = local.writer[i];
    return [
      spans.op[span] < 0 ? '–' : ops.name[spans.op[span]],
      spans.kinds[spans.forms.kind[spans.form[span]]],
      `0x${local.address[i].toString(16)}`,
      bytesText(local.bytes[i]),
      `${timeText(local.from[i])} – ${timeText(local.until[i])}`,
    ];
  });
}
