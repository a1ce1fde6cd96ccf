// Drawing of the timeline: rows of both runs on one axis of time. Only what the screen can show is
// drawn: see bins.mjs.

import { binRow, makeBins } from './bins.mjs';
import { inkOn } from './colours.mjs';
import { axisTexts, niceStep } from './format.mjs';

export const kAxis = 26; // heights in CSS pixels
export const kRow = 34;
const kTitle = 24;
const kFaded = 0.22;

/** Room for the names of rows beside all charts over time; narrow screens have none to spare. */
export function gutterOf(width) {
  return width < 640 ? 0 : 92;
}

/**
 * Places of the rows: [{run, row, y, height}] and titles of runs [{run, y}]; and the height. `gap`
 * is the room above a row.
 */
export function layOut(rowsOfRuns, gap) {
  const places = [];
  const titles = [];
  let y = kAxis;
  rowsOfRuns.forEach((rows, run) => {
    if (rowsOfRuns.length > 1) {
      titles.push({ run, y });
      y += kTitle;
    }
    for (const row of rows) {
      const height = row.name === 'SUBNET' ? 20 : kRow;
      places.push({ run, row, y: y + gap, height });
      y += height + gap;
    }
    y += 8;
  });
  return { places, titles, height: y };
}

/** Marks of the axis of time. */
export function drawAxis(context, view, width, height, theme, left = 0) {
  const step = niceStep(view.to - view.from, Math.max(2, width / 110));
  const scale = width / (view.to - view.from);
  const { offset, textOf } = axisTexts(view.from, view.to, step);
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  // In front of the first mark: what all of them are counted from.
  let free = left;
  if (offset !== '') {
    context.fillStyle = theme.text;
    context.fillText(offset, 0, 10);
    free = Math.max(left, context.measureText(offset).width + 6);
  }
  for (let time = Math.ceil(view.from / step) * step; time < view.to; time += step) {
    const x = Math.round(left + (time - view.from) * scale) + 0.5;
    context.fillStyle = theme.faint;
    context.fillRect(x - 0.5, kAxis - 6, 1, height - kAxis + 6);
    context.fillStyle = theme.dim;
    const text = textOf(time);
    const isRoom = x + 4 >= free && x + 4 + context.measureText(text).width < left + width;
    if (isRoom) context.fillText(text, x + 4, 10);
  }
}

function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const keep = Math.floor((text.length * room) / context.measureText(text).width) - 1;
  if (keep < 3) return '';
  // Names of operators differ most at their ends.
  return `…${text.slice(-keep)}`;
}

/** Draws rows; keeps the bins between frames. */
export class RowPainter {
  constructor() {
    this.bins = makeBins(1);
  }

  /**
   * One row within [0, width). `colours` are colour numbers of its spans, `palette` the colours,
   * `marks` flags of operators that stand out (null: all do), `chosen` the index of a span or -1.
   */
  draw(context, place, view, width, colours, palette, marks, chosen, theme) {
    if (this.bins.width !== width) this.bins = makeBins(width);
    const { row, y, height } = place;
    const wide = [];
    binRow(row, view.from, view.to, this.bins, 1.5, colours, marks, (index, x0, x1, isMarked) =>
      wide.push(index, x0, x1, isMarked ? 1 : 0),
    );
    context.fillStyle = theme.sunken;
    context.fillRect(0, y, width, height);
    this.drawBins(context, y, height, width, palette, marks !== null, theme);
    for (let i = 0; i < wide.length; i += 4) {
      this.drawSpan(
        context,
        row,
        wide[i],
        wide[i + 1],
        wide[i + 2],
        y,
        height,
        width,
        palette[colours[wide[i]]],
        marks !== null && wide[i + 3] === 0,
      );
    }
    if (chosen >= 0) this.outline(context, row, chosen, view, y, height, width, theme);
  }

  drawBins(context, y, height, width, palette, hasMarks, theme) {
    const { cover, weight, colour, marked } = this.bins;
    for (let x = 0; x < width; ++x) {
      if (cover[x] === 0) continue;
      const part = Math.min(1, cover[x]);
      const tall = Math.max(2, height * Math.min(1, weight[x] / Math.max(cover[x], 1e-9)));
      context.globalAlpha = (0.35 + 0.65 * part) * (hasMarks && marked[x] === 0 ? kFaded : 1);
      context.fillStyle = palette[colour[x]];
      context.fillRect(x, y + height - tall, 1, tall);
      if (hasMarks && marked[x] === 1) {
        context.globalAlpha = 1;
        context.fillStyle = theme.accent;
        context.fillRect(x, y + height - 2, 1.5, 2);
      }
    }
    context.globalAlpha = 1;
  }

  drawSpan(context, row, index, x0, x1, y, height, width, colour, isFaded) {
    const left = Math.max(-1, x0);
    const right = Math.min(width + 1, x1);
    const tall = Math.max(2, height * row.height[index]);
    context.globalAlpha = isFaded ? kFaded : 1;
    context.fillStyle = colour;
    // A hairline keeps neighbours of one colour apart.
    const gap = right - left > 4 ? 1 : 0.25;
    context.fillRect(left, y + height - tall, right - left - gap, tall);
    const text = row.labels?.[index];
    if (text !== undefined && text !== null && right - left > 34 && tall >= 12) {
      context.fillStyle = inkOn(colour);
      context.textBaseline = 'middle';
      const label = shortened(context, text, right - left - 10);
      if (label !== '') context.fillText(label, left + 5, y + height - tall / 2 + 0.5);
    }
    context.globalAlpha = 1;
  }

  outline(context, row, index, view, y, height, width, theme) {
    const scale = width / (view.to - view.from);
    const x0 = (row.start[index] - view.from) * scale;
    const x1 = Math.max(x0 + 3, (row.end[index] - view.from) * scale);
    if (x1 < 0 || x0 > width) return;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.strokeRect(
      Math.max(-2, x0) - 0.5,
      y - 1,
      Math.min(width + 2, x1) - Math.max(-2, x0) + 1,
      height + 2,
    );
  }
}
