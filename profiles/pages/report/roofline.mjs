// The roofline: what each operator reaches, against what the bus and the units allow at its
// intensity. Both axes are logarithmic; a dot's area is the time attributed to the operator.

import { palette, themeColours, topTypes, typeColours } from '../common/colours.mjs';
import { bodyOf, element, prepareCanvas } from '../common/dom.mjs';
import { digits3, labelEvery, siText, timeText } from '../common/format.mjs';
import { kWork } from './rows.mjs';

const kRoofHeight = 380;
const kRoofLeft = 64;
const kRoofBottom = 40;
const kRoofTop = 14;

/**
 * One point per operator that computes and moves: operations per byte on the bus, operations per
 * second. Its time is the longest of what BDC, GDMA and the attributed time say, so that no roof is exceeded.
 */
export function rooflinePoints({ ops }) {
  const points = [];
  for (let op = 0; op < ops.count; ++op) {
    const time = Math.max(ops.bdc[op], ops.gdma[op], ops.blame[op]);
    if (ops.useful[op] <= 0 || ops.ddr[op] <= 0 || time <= 0) continue;
    points.push({
      op,
      intensity: ops.useful[op] / ops.ddr[op],
      rate: ops.useful[op] / (time * 1e-9),
      blame: ops.blame[op],
    });
  }
  return points.sort((a, b) => b.blame - a.blame || a.op - b.op);
}

/** Operations per second that are possible at an intensity: bus, then cube (two per MAC). */
export function roofAt(summary, intensity) {
  return Math.min(summary.peak_ddr_bytes_per_second * intensity, 2 * summary.peak_macs_per_second);
}

export class Roofline {
  constructor(state, timeline) {
    this.state = state;
    this.timeline = timeline;
    this.types = topTypes(state.runs);
    this.canvas = element('canvas', {
      role: 'img',
      'aria-label': 'Roofline of the operators; the same figures are in the operator table',
    });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.note = element('p', { class: 'dim' });
    bodyOf('roofline').append(this.note, element('div', { class: 'frame' }, this.canvas, this.tip));
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hidden = true;
    });
    this.canvas.addEventListener('click', (event) => {
      const point = this.nearest(event);
      if (point !== null) timeline.showOp(state.shownRun, point.op);
    });
    state.subscribe((what) => {
      if (what !== 'view' && what !== 'range') this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.canvas.parentElement);
    this.draw();
  }

  scales(points, width) {
    const { summary } = this.state.runs[this.state.shownRun];
    const ridge =
      (2 * summary.peak_macs_per_second) / Math.max(1, summary.peak_ddr_bytes_per_second);
    const xs = points.map((point) => Math.log10(point.intensity)).concat(Math.log10(ridge));
    const ys = points
      .map((point) => Math.log10(point.rate))
      .concat(Math.log10(2 * summary.peak_macs_per_second));
    const x0 = Math.floor(Math.min(...xs));
    const x1 = Math.ceil(Math.max(...xs) + 0.2);
    const y0 = Math.floor(Math.min(...ys));
    const y1 = Math.max(...ys) + 0.2;
    return {
      ridge,
      x0,
      x1,
      y0,
      y1,
      x: (value) => kRoofLeft + ((Math.log10(value) - x0) / (x1 - x0)) * (width - kRoofLeft - 10),
      y: (value) =>
        kRoofHeight -
        kRoofBottom -
        ((Math.log10(value) - y0) / (y1 - y0)) * (kRoofHeight - kRoofBottom - kRoofTop),
    };
  }

  draw() {
    const run = this.state.runs[this.state.shownRun];
    const { summary } = run;
    const { context, width } = prepareCanvas(this.canvas, kRoofHeight);
    if (summary.peak_macs_per_second <= 0) return;
    const theme = themeColours();
    this.points = rooflinePoints(run);
    const scales = this.scales(this.points, width);
    this.placed = this.points.map((point) => ({
      ...point,
      px: scales.x(point.intensity),
      py: scales.y(point.rate),
      radius: Math.max(3, Math.min(22, Math.sqrt(point.blame / summary.time) * 60)),
    }));
    this.drawGrid(context, scales, width, theme);
    this.drawRoofs(context, scales, width, summary, theme);
    this.drawReach(context, scales, run, theme);
    const colourOf = typeColours(run, this.types);
    const { colours } = palette('type', this.types, kWork);
    const marks = this.state.marks[this.state.shownRun];
    for (const { op, px, py, radius } of this.placed) {
      context.beginPath();
      context.arc(px, py, radius, 0, 2 * Math.PI);
      context.fillStyle = colours[colourOf[op]];
      context.globalAlpha = marks === null || marks[op] === 1 ? 0.75 : 0.15;
      context.fill();
      context.globalAlpha = 1;
      if (marks !== null && marks[op] === 1) {
        context.strokeStyle = theme.accent;
        context.lineWidth = 2;
        context.stroke();
      }
    }
    const whole = summary.useful_ops / (summary.ddr_read_bytes + summary.ddr_write_bytes);
    this.drawProgram(context, scales, whole, summary, theme);
    const label = this.state.runs.length > 1 ? `${run.label}: ` : '';
    this.note.textContent =
      `${label}left of ${digits3(scales.ridge)} operations per byte the bus is ` +
      `the limit, right of it the units. The whole network has ${digits3(whole)}. Colours as in ` +
      'the timeline; the area of a dot is the time attributed to the operator.';
  }

  drawGrid(context, scales, width, theme) {
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    const markText = (power) => String(Number((10 ** power).toPrecision(1)));
    const widest = Math.max(
      ...[scales.x0, scales.x1].map((power) => context.measureText(markText(power)).width),
    );
    const every = labelEvery(scales.x(10) - scales.x(1), widest);
    for (let power = scales.x0; power <= scales.x1; ++power) {
      const x = scales.x(10 ** power);
      context.fillStyle = theme.faint;
      context.fillRect(x, kRoofTop, 1, kRoofHeight - kRoofBottom - kRoofTop);
      if ((scales.x1 - power) % every !== 0) continue;
      context.fillStyle = theme.dim;
      context.textAlign = power === scales.x1 ? 'right' : 'center';
      context.fillText(markText(power), x, kRoofHeight - kRoofBottom + 12);
    }
    for (let power = Math.ceil(scales.y0); power <= scales.y1; ++power) {
      const y = scales.y(10 ** power);
      context.fillStyle = theme.faint;
      context.fillRect(kRoofLeft, y, width - kRoofLeft - 10, 1);
      context.fillStyle = theme.dim;
      context.textAlign = 'right';
      context.fillText(`${siText(10 ** power)}/s`, kRoofLeft - 6, y);
    }
    context.fillStyle = theme.dim;
    context.textAlign = 'center';
    context.fillText(
      'useful operations per byte on the DDR bus',
      (kRoofLeft + width) / 2,
      kRoofHeight - 10,
    );
  }

  drawRoofs(context, scales, width, summary, theme) {
    const line = (peak, text, isWhole) => {
      const from = 10 ** scales.x0;
      const bend = peak / summary.peak_ddr_bytes_per_second;
      const to = 10 ** scales.x1;
      const start = Math.max(from, 10 ** scales.y0 / summary.peak_ddr_bytes_per_second);
      context.beginPath();
      if (isWhole && bend > start)
        context.moveTo(scales.x(start), scales.y(start * summary.peak_ddr_bytes_per_second));
      context.lineTo(scales.x(Math.max(bend, start)), scales.y(peak));
      context.lineTo(scales.x(to), scales.y(peak));
      context.strokeStyle = theme.dim;
      context.lineWidth = 1.5;
      context.stroke();
      context.fillStyle = theme.text;
      context.textAlign = 'right';
      context.fillText(text, width - 14, scales.y(peak) + 10);
    };
    line(
      2 * summary.peak_macs_per_second,
      `cube, ${siText(2 * summary.peak_macs_per_second)}OP/s`,
      true,
    );
    context.setLineDash([4, 4]);
    line(
      summary.peak_vector_ops_per_second,
      `one-pass arithmetic, ${siText(summary.peak_vector_ops_per_second)}OP/s`,
      false,
    );
    context.setLineDash([]);
    context.fillStyle = theme.text;
    context.textAlign = 'left';
    const at = 10 ** (scales.x0 + 0.25);
    context.fillText(
      `DDR, ${siText(summary.peak_ddr_bytes_per_second)}B/s`,
      scales.x(at),
      scales.y(at * summary.peak_ddr_bytes_per_second) - 16,
    );
  }

  /** What loads can reach of the bus: the roof that counts. */
  drawReach(context, scales, { summary, reachableDdr }, theme) {
    if (!(reachableDdr > 0) || reachableDdr >= summary.peak_ddr_bytes_per_second) return;
    const peak = 2 * summary.peak_macs_per_second;
    const start = Math.max(10 ** scales.x0, 10 ** scales.y0 / reachableDdr);
    const bend = Math.min(10 ** scales.x1, peak / reachableDdr);
    if (bend <= start) return;
    context.strokeStyle = context.fillStyle = theme.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(scales.x(start), scales.y(start * reachableDdr));
    context.lineTo(scales.x(bend), scales.y(bend * reachableDdr));
    context.stroke();
    const at = Math.sqrt(start * bend);
    context.textAlign = 'left';
    context.fillText(
      `reachable, ${siText(reachableDdr)}B/s`,
      scales.x(at) + 10,
      scales.y(at * reachableDdr) + 12,
    );
  }

  drawProgram(context, scales, intensity, summary, theme) {
    const x = scales.x(intensity);
    const y = scales.y(summary.useful_ops / (summary.time * 1e-9));
    context.strokeStyle = theme.text;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x - 7, y);
    context.lineTo(x + 7, y);
    context.moveTo(x, y - 7);
    context.lineTo(x, y + 7);
    context.stroke();
    context.fillStyle = theme.text;
    context.font = '600 11px system-ui, sans-serif';
    context.textAlign = 'left';
    context.fillText('whole network', x + 11, y);
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = null;
    let distance = 12;
    for (const point of this.placed ?? []) {
      const away = Math.hypot(point.px - x, point.py - y) - point.radius;
      if (away < distance) {
        best = point;
        distance = away;
      }
    }
    return best;
  }

  hover(event) {
    const point = this.nearest(event);
    this.tip.hidden = point === null;
    if (point === null) return;
    const { ops, summary } = this.state.runs[this.state.shownRun];
    const share = point.rate / roofAt(summary, point.intensity);
    this.tip.textContent =
      `${ops.name[point.op]} (${ops.type[point.op]}): ` +
      `${digits3(point.intensity)} operations per byte, ${siText(point.rate)}op/s, ` +
      `${(100 * share).toFixed(0)} % of the roof, attributed ${timeText(point.blame)}`;
    const box = this.canvas.getBoundingClientRect();
    this.tip.style.left = `${Math.max(0, Math.min(box.width - this.tip.offsetWidth, point.px + 12))}px`;
    this.tip.style.top = `${point.py + 14}px`;
  }
}
