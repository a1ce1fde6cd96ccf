// The Pareto front: each point at what it costs of a varied number and at the figure that it gives.
// Points that none beats in all measures are marked, and joined by steps where there are two
// measures: then nothing lies below the steps.

import { themeColours } from '../common/colours.mjs';
import { bodyOf, element, prepareCanvas } from '../common/dom.mjs';
import { niceStep } from '../common/format.mjs';
import { figureText, frontOver, settingsText } from './sweep_data.mjs';
import { selectBox, SweepChart } from './sweep_tools.mjs';

const kFrontHeight = 340;
const kFrontLeft = 76;
const kFrontRight = 22;
const kFrontTop = 16;
const kFrontBottom = 52;

export class SweepFront {
  constructor(sweep) {
    this.sweep = sweep;
    this.metric = sweep.pareto.find(({ metric }) => metric !== null).metric;
    const axes = sweep.pareto
      .filter(({ metric }) => metric === null)
      .map(({ axis }) => [axis, sweep.axes[axis].key]);
    this.axis = axes[0][0];
    const body = bodyOf('front');
    body.append(
      element(
        'div',
        { class: 'tools' },
        selectBox('against', axes, this.axis, (axis) => {
          this.axis = Number(axis);
          this.draw();
        }),
      ),
    );
    this.chart = new SweepChart(
      body,
      'Pareto front; its points are marked in the table of points',
      () => this.draw(),
      (x, y) => this.near(x, y),
    );
    body.append(
      element(
        'p',
        { class: 'note' },
        `Filled: no other point is better in one of ${sweep.pareto.map(({ text }) => text).join(', ')} and ` +
          'as good in the others.',
      ),
    );
    this.draw();
  }

  draw() {
    const { context, width } = prepareCanvas(this.chart.canvas, kFrontHeight);
    const theme = themeColours();
    const dots = frontOver(this.sweep, this.axis, this.metric);
    const highest = Math.max(0, ...dots.map(({ y }) => y)) || 1;
    const step = niceStep(highest, 5);
    const top = Math.ceil(highest / step) * step;
    const right = width - kFrontRight;
    const bottom = kFrontHeight - kFrontBottom;
    const xOf = (place) => kFrontLeft + place * (right - kFrontLeft);
    const yOf = (value) => bottom - (value / top) * (bottom - kFrontTop);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (let value = 0; value <= top * (1 + 1e-9); value += step) {
      context.fillStyle = theme.faint;
      context.fillRect(kFrontLeft, yOf(value), right - kFrontLeft, 1);
      context.fillStyle = theme.dim;
      context.fillText(figureText(this.metric, value), kFrontLeft - 8, yOf(value));
    }
    context.textAlign = 'center';
    let free = -Infinity;
    for (const { point, x } of dots) {
      const text = this.sweep.axes[this.axis].values[point.values[this.axis]];
      const half = context.measureText(text).width / 2;
      if (xOf(x) - half < free) continue;
      free = xOf(x) + half + 8;
      context.fillText(text, xOf(x), bottom + 14);
    }
    context.fillStyle = theme.text;
    context.fillText(this.sweep.axes[this.axis].key, (kFrontLeft + right) / 2, kFrontHeight - 14);
    const front = dots.filter(({ point }) => point.isUnbeaten);
    context.strokeStyle = theme.accent;
    context.fillStyle = theme.accent;
    context.lineWidth = 2;
    if (this.sweep.pareto.length === 2) {
      context.beginPath();
      front.forEach(({ x, y }, i) => {
        if (i > 0) context.lineTo(xOf(x), yOf(front[i - 1].y));
        if (i === 0) context.moveTo(xOf(x), yOf(y));
        else context.lineTo(xOf(x), yOf(y));
      });
      context.stroke();
    }
    this.placed = dots.map(({ point, x, y }) => ({ point, px: xOf(x), py: yOf(y) }));
    for (const { point, px, py } of this.placed) {
      context.strokeStyle = point.isUnbeaten ? theme.accent : theme.dim;
      context.beginPath();
      context.arc(px, py, point.isUnbeaten ? 5 : 4, 0, 2 * Math.PI);
      if (point.isUnbeaten) context.fill();
      else context.stroke();
    }
    document.body.dataset.front = String(front.length);
  }

  near(x, y) {
    const kReach = 16;
    const away = ({ px, py }) => Math.hypot(px - x, py - y);
    const nearest = this.placed.reduce((a, b) => (a === null || away(b) < away(a) ? b : a), null);
    if (nearest === null || away(nearest) > kReach) return null;
    const { point } = nearest;
    return `${settingsText(this.sweep.axes, point.values)}: ${figureText(
      this.metric,
      point.figure(this.metric),
    )}${point.isUnbeaten ? ', on the front' : ''}`;
  }
}
