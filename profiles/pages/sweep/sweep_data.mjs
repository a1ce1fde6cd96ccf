// The points of a sweep, and the selections of them that charts draw. Nothing here knows the page.

import { bytesText, grouped, percentText, siText, timeText } from '../common/format.mjs';

/** Values of one point on every axis, as indices; the last axis changes fastest. */
export function valuesAt(axes, index) {
  const values = new Array(axes.length);
  let rest = index;
  for (let axis = axes.length - 1; axis >= 0; --axis) {
    const count = axes[axis].values.length;
    values[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  return values;
}

/** The page's data with a list of points instead of columns. */
export function readSweep(data) {
  const points = data.index.map((index, i) => ({
    index,
    values: valuesAt(data.axes, index),
    error: data.errors[i] ?? null,
    bound: data.bound[i],
    isUnbeaten: data.unbeaten[i] === 1,
    figure: (metric) => data.figures[metric][i],
  }));
  return { ...data, points };
}

/** A figure with its unit, which its metric's name tells. */
export function figureText(name, value) {
  if (name.endsWith('_ps')) return timeText(value / 1000);
  if (name.endsWith('_bytes')) return bytesText(value);
  if (name.endsWith('utilisation')) return percentText(value);
  return Number.isInteger(value) && name !== 'images_per_second' ? grouped(value) : siText(value);
}

/**
 * Where an axis puts its values, from 0 to 1: numbers that span a lot on a logarithmic scale, other
 * numbers by their size, words (and limits written as 0 among factors) side by side.
 */
export function placesOf(axis) {
  const count = axis.values.length;
  const sideBySide = axis.values.map((_, i) => (count === 1 ? 0.5 : i / (count - 1)));
  if (axis.numbers === null || count < 2) return sideBySide;
  const low = Math.min(...axis.numbers);
  const high = Math.max(...axis.numbers);
  if (low > 0 && high / low >= 4) {
    return axis.numbers.map((number) => Math.log(number / low) / Math.log(high / low));
  }
  if (low <= 0 && high >= 4) return sideBySide;
  return axis.numbers.map((number) => (number - low) / (high - low));
}

/** "precision=int8, batch=4", without some axes. */
export function settingsText(axes, values, ...without) {
  return axes
    .map((axis, i) => (without.includes(i) ? null : `${axis.key}=${axis.values[values[i]]}`))
    .filter((text) => text !== null)
    .join(', ');
}

/** Points that ran, as lines along `axis`: one per combination of values on the others. */
export function linesAlong(sweep, axis, metric) {
  const places = placesOf(sweep.axes[axis]);
  const lines = new Map();
  for (const point of sweep.points) {
    if (point.error !== null) continue;
    const label = settingsText(sweep.axes, point.values, axis);
    if (!lines.has(label)) lines.set(label, { label, dots: [] });
    lines.get(label).dots.push({
      point,
      x: places[point.values[axis]],
      y: point.figure(metric),
    });
  }
  for (const { dots } of lines.values()) dots.sort((a, b) => a.x - b.x);
  return [...lines.values()];
}

/** Whether points are weighed by a figure against a number that is varied. */
export function hasFront(sweep) {
  return (
    sweep.pareto.some(({ metric }) => metric !== null) &&
    sweep.pareto.some(({ metric }) => metric === null)
  );
}

/** Points that ran, from the least of a varied number to the most, and with it the figure. */
export function frontOver(sweep, axis, metric) {
  const places = placesOf(sweep.axes[axis]);
  return sweep.points
    .filter(({ error }) => error === null)
    .map((point) => ({ point, x: places[point.values[axis]], y: point.figure(metric) }))
    .sort((a, b) => a.x - b.x || b.y - a.y);
}

/** Points over two axes, `fixed[axis]` on the others: rows of y, each with a cell per x or null. */
export function cellsOver(sweep, x, y, fixed) {
  const rows = sweep.axes[y].values.map(() => sweep.axes[x].values.map(() => null));
  for (const point of sweep.points) {
    const isThere = point.values.every((value, i) => i === x || i === y || value === fixed[i]);
    if (isThere) rows[point.values[y]][point.values[x]] = point;
  }
  return rows;
}

/** The axes that a reader wants first: numbers before words. */
export function axesInOrder(axes) {
  const numbers = axes.map((_, i) => i).filter((i) => axes[i].numbers !== null);
  const words = axes.map((_, i) => i).filter((i) => axes[i].numbers === null);
  return [...numbers, ...words];
}

/** The point with the best figure of a metric, or null. */
export function bestOf(points, metric) {
  let best = null;
  for (const point of points) {
    if (point === null || point.error !== null) continue;
    const value = point.figure(metric.name);
    const isBetter =
      best === null ||
      (metric.larger_is_better ? value > best.figure(metric.name) : value < best.figure(metric.name));
    if (isBetter) best = point;
  }
  return best;
}
