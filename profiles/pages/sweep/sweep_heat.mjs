// A heat map over two axes, the others held. Every cell shows its figure where there is room, else
// its tip does; the shade, of one hue, only repeats it, and the note says what its ends stand for.

import { inkOn, themeColours } from '../common/colours.mjs';
import { bodyOf, element, prepareCanvas } from '../common/dom.mjs';
import { labelEvery } from '../common/format.mjs';
import { axesInOrder, bestOf, cellsOver, figureText, settingsText } from './sweep_data.mjs';
import { metricBox, selectBox, SweepChart } from './sweep_tools.mjs';

const kCellHeight = 34;
const kHeatLeft = 108;
const kHeatTop = 8;
const kHeatBottom = 46;
const kGood = [20, 92, 140];
const kBad = [222, 235, 244];

/** From light (worst) to dark (best) blue. */
export function shadeOf(goodness) {
  const part = (i) => Math.round(kBad[i] + (kGood[i] - kBad[i]) * goodness);
  return `#${[0, 1, 2].map((i) => part(i).toString(16).padStart(2, '0')).join('')}`;
}

export class SweepHeat {
  constructor(sweep) {
    this.sweep = sweep;
    this.metric = sweep.metric;
    [this.x, this.y] = axesInOrder(sweep.axes);
    const start = sweep.points.find(({ index }) => index === (sweep.best ?? -1));
    this.fixed = start?.values.slice() ?? sweep.axes.map(() => 0);
    this.tools = element('div', { class: 'tools' });
    const body = bodyOf('heat');
    body.append(this.tools);
    this.chart = new SweepChart(
      body,
      'Heat map of the sweep; the same figures are in the table of points',
      () => this.draw(),
      (x, y) => this.near(x, y),
    );
    this.note = element('p', { class: 'dim' });
    body.append(this.note);
    this.showTools();
    this.draw();
  }

  showTools() {
    const { axes } = this.sweep;
    const names = axes.map(({ key }, axis) => [axis, key]);
    const change = (apply) => (value) => {
      apply(value);
      this.showTools();
      this.draw();
    };
    const held = axes.flatMap((axis, i) =>
      i === this.x || i === this.y
        ? []
        : selectBox(
            axis.key,
            axis.values.map((value, at) => [at, value]),
            this.fixed[i],
            change((value) => {
              this.fixed[i] = Number(value);
            }),
          ),
    );
    const swapInto = (name, other) => (value) => {
      if (Number(value) === this[other]) this[other] = this[name];
      this[name] = Number(value);
    };
    this.tools.replaceChildren(
      metricBox(
        this.sweep,
        this.metric,
        change((name) => {
          this.metric = name;
        }),
      ),
      selectBox('across', names, this.x, change(swapInto('x', 'y'))),
      selectBox('down', names, this.y, change(swapInto('y', 'x'))),
      ...held,
    );
  }

  draw() {
    const across = this.sweep.axes[this.x];
    const down = this.sweep.axes[this.y];
    const height = kHeatTop + kHeatBottom + kCellHeight * down.values.length;
    const { context, width } = prepareCanvas(this.chart.canvas, height);
    const theme = themeColours();
    this.rows = cellsOver(this.sweep, this.x, this.y, this.fixed);
    this.cellWidth = (width - kHeatLeft - 10) / across.values.length;
    const metric = this.sweep.metrics.find(({ name }) => name === this.metric);
    const ran = this.rows.flat().filter((point) => point !== null && point.error === null);
    const figures = ran.map((point) => point.figure(this.metric));
    const low = Math.min(...figures);
    const high = Math.max(...figures);
    const best = bestOf(ran, metric);
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    this.rows.forEach((row, r) => {
      const y = kHeatTop + r * kCellHeight;
      context.textAlign = 'right';
      context.fillStyle = theme.dim;
      context.fillText(down.values[r], kHeatLeft - 8, y + kCellHeight / 2, kHeatLeft - 12);
      row.forEach((point, c) => {
        const x = this.edge(c);
        const cellWidth = this.edge(c + 1) - x;
        context.textAlign = 'center';
        if (point === null || point.error !== null) {
          context.fillStyle = theme.worse ?? theme.dim;
          context.fillText(point === null ? '' : '×', x + cellWidth / 2, y + kCellHeight / 2);
          return;
        }
        const value = point.figure(this.metric);
        const share = high > low ? (value - low) / (high - low) : 1;
        const shade = shadeOf(metric.larger_is_better ? share : 1 - share);
        const gap = cellWidth > 12 ? 1 : 0;
        context.fillStyle = shade;
        context.fillRect(x + gap, y + 1, cellWidth - 2 * gap, kCellHeight - 2);
        context.fillStyle = inkOn(shade);
        const star = point === best ? '★' : '';
        const figure = figureText(this.metric, value);
        // A figure that would be squeezed is left to the tip; the star never is.
        const isRoom = context.measureText(`${star} ${figure}`).width <= cellWidth - 4;
        const text = isRoom ? `${star}${star === '' ? '' : ' '}${figure}` : star;
        context.fillText(text, x + cellWidth / 2, y + kCellHeight / 2);
      });
    });
    this.drawNames(context, theme, across, height);
    const ends = metric.larger_is_better ? [low, high] : [high, low];
    const [worst, top] = ends.map((figure) => figureText(this.metric, figure));
    this.note.textContent =
      `Rows: ${down.key}. Darker is better, from ${worst} to ${top}; ★ marks the best cell shown` +
      `${ran.length < this.rows.flat().length ? ', × a point that failed' : ''}.`;
    document.body.dataset.cells = String(ran.length);
  }

  /** Where a column begins: on a whole pixel, since narrow cells would show the seams between them. */
  edge(column) {
    return Math.round(kHeatLeft + column * this.cellWidth);
  }

  drawNames(context, theme, across, height) {
    context.textAlign = 'center';
    // As many values as can stand side by side without touching.
    const widest = Math.max(...across.values.map((value) => context.measureText(value).width));
    const every = labelEvery(this.cellWidth, widest);
    this.chart.canvas.dataset.every = String(every);
    across.values.forEach((value, c) => {
      if (c % every !== 0) return;
      context.fillStyle = theme.dim;
      context.fillText(value, kHeatLeft + (c + 0.5) * this.cellWidth, height - kHeatBottom + 12);
    });
    context.fillStyle = theme.text;
    context.fillText(
      across.key,
      kHeatLeft + (this.cellWidth * across.values.length) / 2,
      height - 12,
    );
  }

  near(x, y) {
    const point =
      this.rows[Math.floor((y - kHeatTop) / kCellHeight)]?.[
        Math.floor((x - kHeatLeft) / this.cellWidth)
      ] ?? null;
    if (point === null) return null;
    const settings = settingsText(this.sweep.axes, point.values);
    if (point.error !== null) return `${settings}: ${point.error}`;
    return `${settings}: ${figureText(this.metric, point.figure(this.metric))}, bound by ${point.bound}`;
  }
}
