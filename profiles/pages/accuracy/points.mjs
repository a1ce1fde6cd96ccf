// Measured rows as points of a plane with two logarithmic axes.

/** Rows with a prediction as points; `chip` null: of all chips. */
export function pointsOf(rows, chip) {
  return rows
    .filter((row) => row.error === undefined && (chip === null || row.chip === chip))
    .map((row) => ({ row, x: row.measured_ms, y: row.predicted_ps * 1e-9 }));
}

/** The decades that hold all coordinates of the points, the same for both axes. */
export function decadesOf(points) {
  const values = points.flatMap(({ x, y }) => [Math.log10(x), Math.log10(y)]);
  if (values.length === 0) return { from: 0, to: 1 };
  const from = Math.floor(Math.min(...values));
  return { from, to: Math.max(from + 1, Math.ceil(Math.max(...values))) };
}

/** Places on a square of `size` pixels inside of margins; up is more. */
export function scalesOf({ from, to }, size, left, top) {
  const part = (value) => (Math.log10(value) - from) / (to - from);
  return { x: (value) => left + part(value) * size, y: (value) => top + (1 - part(value)) * size };
}

/** The point whose place is nearest and at most `reach` pixels away, or null. */
export function nearestPoint(placed, x, y, reach) {
  let best = null;
  let distance = reach;
  for (const point of placed) {
    const away = Math.hypot(point.px - x, point.py - y);
    if (away <= distance) {
      best = point;
      distance = away;
    }
  }
  return best;
}

/** "3.52 ms predicted, 3.41 ms measured: 1.03 of it". */
export function sentenceOf(row) {
  const name = row.model.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  const cores = row.cores === 1 ? '' : `, ${row.cores} cores`;
  return (
    `${name} on ${row.chip}${cores}, ${row.precision}, ${row.pipeline}: predicted ` +
    `${(row.predicted_ps * 1e-9).toPrecision(3)} ms, measured ${row.measured_ms} ms, ratio ` +
    `${row.ratio.toFixed(2)}; bound by ${row.bound}; ${row.quality.replace('_', ' ')}`
  );
}
