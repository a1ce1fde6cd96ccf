// Lines over one axis, one for each combination of values on the others. The vertical axis begins
// at zero, so that a height is what it says; colours and shapes tell lines apart.

import { kStepColours, themeColours } from '../common/colours.mjs';
import { bodyOf, element, prepareCanvas } from '../common/dom.mjs';
import { niceStep } from '../common/format.mjs';
import { axesInOrder, figureText, linesAlong, placesOf, settingsText } from './sweep_data.mjs';
import { metricBox, selectBox, SweepChart } from './sweep_tools.mjs';

const kLineColours = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#cc7711'];
const kMostSeries = 2 * kLineColours.length;
const kPlotHeight = 380;
const kPlotLeft = 76;
const kPlotRight = 22;
const kPlotTop = 16;
const kPlotBottom = 52;
const kShapes = ['●', '■'];

function colourOf(line) {
  return kLineColours[line % kLineColours.length] ?? kStepColours[0];
}

export class SweepLines {
  constructor(sweep) {
    this.sweep = sweep;
    this.metric = sweep.metric;
    this.axis = axesInOrder(sweep.axes)[0];
    const body = bodyOf('lines');
    const axes = axesInOrder(sweep.axes).map((axis) => [axis, sweep.axes[axis].key]);
    body.append(
      element(
        'div',
        { class: 'tools' },
        metricBox(sweep, this.metric, (name) => {
          this.metric = name;
          this.draw();
        }),
        selectBox('over', axes, this.axis, (axis) => {
          this.axis = Number(axis);
          this.draw();
        }),
      ),
    );
    this.chart = new SweepChart(
      body,
      'Lines of the sweep; the same figures are in the table of points',
      () => this.draw(),
      (x, y) => this.near(x, y),
    );
    this.legend = element('ul', { class: 'legend' });
    body.append(this.legend);
    this.draw();
  }

  draw() {
    const { context, width } = prepareCanvas(this.chart.canvas, kPlotHeight);
    const theme = themeColours();
    const all = linesAlong(this.sweep, this.axis, this.metric);
    const lines = all.slice(0, kMostSeries);
    const highest = Math.max(0, ...lines.flatMap(({ dots }) => dots.map(({ y }) => y))) || 1;
    const step = niceStep(highest, 5);
    const top = Math.ceil(highest / step) * step;
    const plot = { width: width - kPlotLeft - kPlotRight, height: kPlotHeight - kPlotTop - kPlotBottom };
    const xOf = (place) => kPlotLeft + place * plot.width;
    const yOf = (value) => kPlotTop + (1 - value / top) * plot.height;
    this.drawGrid(context, theme, { xOf, yOf, step, top, plot });
    this.placed = [];
    lines.forEach(({ dots }, line) => {
      context.strokeStyle = colourOf(line);
      context.fillStyle = colourOf(line);
      context.lineWidth = 2;
      context.beginPath();
      dots.forEach(({ x, y }, i) => {
        if (i === 0) context.moveTo(xOf(x), yOf(y));
        else context.lineTo(xOf(x), yOf(y));
      });
      if (this.sweep.axes[this.axis].numbers !== null) context.stroke();
      for (const { point, x, y } of dots) {
        const place = { point, px: xOf(x), py: yOf(y) };
        this.drawDot(context, place, line, theme);
        this.placed.push(place);
      }
    });
    this.showLegend(all);
    document.body.dataset.lines = String(lines.length);
  }

  // Knees are those of the figure that the sweep was judged by.
  isKnee(point) {
    return (
      this.metric === this.sweep.metric &&
      this.sweep.knees.some((knee) => knee.axis === this.axis && knee.point === point.index)
    );
  }

  drawDot(context, { point, px, py }, line, theme) {
    context.beginPath();
    if (line < kLineColours.length) context.arc(px, py, 4, 0, 2 * Math.PI);
    else context.rect(px - 4, py - 4, 8, 8);
    context.fill();
    if (this.isKnee(point)) {
      context.beginPath();
      context.moveTo(px, py - 9);
      context.lineTo(px + 9, py);
      context.lineTo(px, py + 9);
      context.lineTo(px - 9, py);
      context.closePath();
      context.lineWidth = 1.5;
      context.stroke();
    }
    const isMarked = point.index === this.sweep.best || point.index === this.sweep.reference;
    if (!isMarked) return;
    context.save();
    context.strokeStyle = point.index === this.sweep.best ? theme.accent : theme.text;
    context.setLineDash(point.index === this.sweep.best ? [] : [3, 2]);
    context.beginPath();
    context.arc(px, py, 8, 0, 2 * Math.PI);
    context.stroke();
    context.restore();
  }

  drawGrid(context, theme, { xOf, yOf, step, top, plot }) {
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (let value = 0; value <= top * (1 + 1e-9); value += step) {
      context.fillStyle = theme.faint;
      context.fillRect(kPlotLeft, yOf(value), plot.width, 1);
      context.fillStyle = theme.dim;
      context.fillText(figureText(this.metric, value), kPlotLeft - 8, yOf(value));
    }
    const axis = this.sweep.axes[this.axis];
    context.textAlign = 'center';
    let free = -Infinity;
    const places = placesOf(axis);
    const order = axis.values.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    for (const i of order) {
      const x = xOf(places[i]);
      const half = context.measureText(axis.values[i]).width / 2;
      context.fillStyle = theme.faint;
      context.fillRect(x, kPlotTop, 1, plot.height);
      if (x - half < free) continue;
      free = x + half + 8;
      context.fillStyle = theme.dim;
      context.fillText(axis.values[i], x, kPlotHeight - kPlotBottom + 14);
    }
    context.fillStyle = theme.text;
    context.fillText(axis.key, kPlotLeft + plot.width / 2, kPlotHeight - 14);
  }

  showLegend(lines) {
    const shown = lines.slice(0, kMostSeries).map(({ label }, line) => {
      const mark = element('span', { 'aria-hidden': 'true' }, `${kShapes[line < kLineColours.length ? 0 : 1]} `);
      mark.style.color = colourOf(line);
      return element('li', {}, mark, label || this.sweep.model);
    });
    const more = lines.length - shown.length;
    this.legend.replaceChildren(
      ...shown,
      element(
        'li',
        { class: 'note' },
        `${more > 0 ? `${more} more lines are in the table. ` : ''}A ring marks the best point, a dashed one the ` +
          `${this.sweep.reference_is_base ? 'baseline' : 'reference'}, a diamond the knee of a line.`,
      ),
    );
  }

  near(x, y) {
    const kReach = 16;
    let nearest = null;
    let distance = kReach;
    for (const place of this.placed) {
      const away = Math.hypot(place.px - x, place.py - y);
      if (away > distance) continue;
      distance = away;
      nearest = place.point;
    }
    if (nearest === null) return null;
    return `${settingsText(this.sweep.axes, nearest.values)}: ${figureText(
      this.metric,
      nearest.figure(this.metric),
    )}, bound by ${nearest.bound}${this.isKnee(nearest) ? '; beyond it more hardly pays' : ''}`;
  }
}
