// What is drawn over the rows of the timeline: what a selected command waited for and what waits for
// it, the critical path, the longest gaps, and what a search found.

const kMostArrows = 40;

/** Where a command is drawn: the place of its engine's row; undefined where that has none. */
export function placeOf(layout, run, { core, engine }, span) {
  return layout.places.find(
    ({ run: of, row }) => of === run && row.engine === engine[span] && row.core === core[span],
  );
}

function arrow(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  const angle = Math.atan2(y1 - y0, x1 - x0);
  context.beginPath();
  context.moveTo(x1, y1);
  for (const turn of [-0.4, 0.4]) {
    context.lineTo(x1 - 7 * Math.cos(angle + turn), y1 - 7 * Math.sin(angle + turn));
  }
  context.fill();
}

/** Arrows from ends of commands to begins of those that waited: pairs [from, to] of one run. */
export function drawArrows(context, layout, run, spans, pairs, across, theme) {
  context.strokeStyle = context.fillStyle = theme.accent;
  context.lineWidth = 1.5;
  for (const [from, to] of pairs.slice(0, kMostArrows)) {
    const [source, target] = [placeOf(layout, run, spans, from), placeOf(layout, run, spans, to)];
    if (source === undefined || target === undefined) continue;
    const isDown = source.y < target.y;
    arrow(
      context,
      across(spans.end[from]),
      isDown ? source.y + source.height : source.y,
      across(spans.start[to]),
      isDown ? target.y : target.y + target.height,
    );
  }
}

/** A line under each command of a path, with uprights where it goes to the other engine. */
export function drawPath(context, layout, run, spans, path, across, room, theme) {
  context.fillStyle = context.strokeStyle = theme.focus;
  context.lineWidth = 1;
  context.beginPath();
  let before = null;
  for (const span of path) {
    const place = placeOf(layout, run, spans, span);
    if (place === undefined) continue;
    const [x0, x1] = [across(spans.start[span]), across(spans.end[span])];
    const y = place.y + place.height + 1;
    const isSeen = x1 >= room.left && x0 <= room.right;
    if (isSeen) context.fillRect(Math.max(room.left, x0), y, Math.max(1, Math.min(room.right, x1) - Math.max(room.left, x0)), 3);
    if (isSeen && before !== null && before !== y) {
      const x = Math.max(room.left, x0);
      context.moveTo(x, before + 3);
      context.lineTo(x, y);
    }
    before = y;
  }
  context.stroke();
}

/** A numbered box around each gap, in the row of the command that ends it. */
export function drawGaps(context, layout, run, spans, gaps, across, room, theme) {
  context.strokeStyle = context.fillStyle = theme.accent;
  context.font = '600 10px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  gaps.forEach(({ span, from, to }, i) => {
    const place = placeOf(layout, run, spans, span);
    const [x0, x1] = [across(from), across(to)];
    if (place === undefined || x1 < room.left || x0 > room.right) return;
    const left = Math.max(room.left, x0);
    const width = Math.max(2, Math.min(room.right, x1) - left);
    context.globalAlpha = 0.16;
    context.fillRect(left, place.y, width, place.height);
    context.globalAlpha = 1;
    context.setLineDash([3, 2]);
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, place.y + 0.5, Math.max(1, width - 1), place.height - 1);
    context.setLineDash([]);
    context.fillText(String(i + 1), left + width / 2, place.y + (width > 16 ? place.height / 2 + 6 : -1));
  });
}

/** A tick above each span of a row that belongs to a marked operator. */
export function drawHits(context, row, flags, across, room, y, theme) {
  context.fillStyle = theme.accent;
  let last = -Infinity;
  for (let i = 0; i < row.count; ++i) {
    if (row.op[i] < 0 || flags[row.op[i]] === 0) continue;
    const x0 = Math.max(room.left, across(row.start[i]));
    const x1 = Math.min(room.right, across(row.end[i]));
    if (x1 < room.left || x0 > room.right || x1 < last) continue;
    const width = Math.max(1.5, x1 - x0);
    context.fillRect(x0, y, width, 3);
    last = x0 + width;
  }
}
