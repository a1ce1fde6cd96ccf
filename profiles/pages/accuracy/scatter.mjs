// The scatter plot: measured to the right, predicted upward, both logarithmic. On the diagonal the
// prediction is right; between the bands it is off by no more than 1.2 and 1.5 times.

import { palette, themeColours } from '../common/colours.mjs';
import { bodyOf, choice, element, prepareCanvas } from '../common/dom.mjs';
import { labelEvery } from '../common/format.mjs';
import { decadesOf, nearestPoint, pointsOf, scalesOf, sentenceOf } from './points.mjs';

const kPlotTop = 12;
const kPlotLeft = 62;
const kPlotBottom = 46;
const kPlotRight = 14;
const kLargestPlot = 620;
const kBands = [1.2, 1.5];
const kPrecisions = ['f32', 'f16', 'bf16', 'int8'];
const kReach = 14;

export class Scatter {
  constructor(state) {
    this.state = state;
    this.chip = null;
    this.placed = [];
    this.colours = palette('type', kPrecisions, []).colours;
    this.canvas = element('canvas', {
      role: 'img',
      'aria-label': 'Predicted against measured times; the same figures are in the table of rows',
    });
    this.tip = element('div', { class: 'tip', hidden: true });
    const chips = [...new Set(state.data.rows.map((row) => row.chip))];
    bodyOf('scatter').append(
      element(
        'div',
        { class: 'controls' },
        choice(
          'Chip',
          [['', 'all chips'], ...chips.map((chip) => [chip, chip])],
          '',
          (chip) => this.show(chip === '' ? null : chip),
        ),
      ),
      element('div', { class: 'frame' }, this.canvas, this.tip),
      this.legend(),
    );
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hidden = true;
    });
    state.subscribe(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas.parentElement);
    this.draw();
  }

  legend() {
    const used = kPrecisions.filter((name) =>
      this.state.data.rows.some((row) => row.precision === name),
    );
    return element(
      'ul',
      { class: 'legend' },
      used.map((name) => {
        const swatch = element('canvas', { class: 'swatch', width: 11, height: 11 });
        const context = swatch.getContext('2d');
        context.fillStyle = this.colours[kPrecisions.indexOf(name)];
        context.fillRect(0, 0, 11, 11);
        return element('li', {}, swatch, name);
      }),
      element('li', {}, 'filled: good'),
      element('li', {}, 'ring: in part in float'),
      element('li', {}, 'cross: suspect, not counted'),
      element('li', {}, `bands: ${kBands.map((band) => `${band}×`).join(' and ')}`),
    );
  }

  show(chip) {
    this.chip = chip;
    this.draw();
  }

  draw() {
    const room = this.canvas.parentElement.clientWidth - kPlotLeft - kPlotRight;
    const size = Math.max(120, Math.min(kLargestPlot, room));
    const { context } = prepareCanvas(this.canvas, size + kPlotTop + kPlotBottom);
    const theme = themeColours();
    const points = pointsOf(this.state.data.rows, this.chip);
    const decades = decadesOf(points);
    const scales = scalesOf(decades, size, kPlotLeft, kPlotTop);
    this.drawGrid(context, decades, scales, size, theme);
    this.drawBands(context, decades, scales, theme);
    // Good rows last, so that they lie on top.
    const order = { suspect: 0, mixed_precision: 1, good: 2 };
    this.placed = points
      .map((point) => ({ ...point, px: scales.x(point.x), py: scales.y(point.y) }))
      .sort((a, b) => order[a.row.quality] - order[b.row.quality]);
    for (const point of this.placed) this.drawPoint(context, point);
    this.canvas.dataset.points = String(this.placed.length);
  }

  drawGrid(context, { from, to }, scales, size, theme) {
    context.font = '11px system-ui, sans-serif';
    const markText = (power) => `${Number((10 ** power).toPrecision(1))} ms`;
    const widest = Math.max(...[from, to].map((power) => context.measureText(markText(power)).width));
    const every = labelEvery(size / (to - from), widest);
    for (let power = from; power <= to; ++power) {
      const value = 10 ** power;
      context.fillStyle = theme.line;
      context.fillRect(scales.x(value), kPlotTop, 1, size);
      context.fillRect(kPlotLeft, scales.y(value), size, 1);
      context.fillStyle = theme.dim;
      const text = markText(power);
      context.textAlign = power === to ? 'right' : 'center';
      context.textBaseline = 'top';
      if ((to - power) % every === 0) {
        context.fillText(text, scales.x(value), kPlotTop + size + 6);
      }
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      context.fillText(text, kPlotLeft - 6, scales.y(value));
      for (let digit = 2; digit < 10 && power < to; ++digit) {
        context.fillStyle = theme.faint;
        context.fillRect(scales.x(digit * value), kPlotTop, 1, size);
        context.fillRect(kPlotLeft, scales.y(digit * value), size, 1);
      }
    }
    context.fillStyle = theme.text;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.fillText('measured', kPlotLeft + size / 2, kPlotTop + size + 24);
    context.save();
    context.translate(4, kPlotTop + size / 2);
    context.rotate(-Math.PI / 2);
    context.fillText('predicted', 0, 0);
    context.restore();
  }

  drawBands(context, { from, to }, scales, theme) {
    const [low, high] = [10 ** from, 10 ** to];
    const line = (factor) => {
      // Where the line of this factor enters and leaves the square.
      const start = Math.max(low, low / factor);
      const end = Math.min(high, high / factor);
      context.beginPath();
      context.moveTo(scales.x(start), scales.y(start * factor));
      context.lineTo(scales.x(end), scales.y(end * factor));
      context.stroke();
    };
    context.strokeStyle = theme.text;
    context.lineWidth = 1.5;
    line(1);
    context.strokeStyle = theme.dim;
    context.lineWidth = 1;
    kBands.forEach((band, i) => {
      context.setLineDash(i === 0 ? [6, 3] : [2, 4]);
      line(band);
      line(1 / band);
    });
    context.setLineDash([]);
  }

  drawPoint(context, { row, px, py }) {
    const colour = this.colours[Math.max(0, kPrecisions.indexOf(row.precision))];
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.6;
    context.globalAlpha = row.quality === 'suspect' ? 0.55 : 0.85;
    context.beginPath();
    if (row.quality === 'suspect') {
      context.moveTo(px - 3, py - 3);
      context.lineTo(px + 3, py + 3);
      context.moveTo(px + 3, py - 3);
      context.lineTo(px - 3, py + 3);
      context.stroke();
    } else {
      context.arc(px, py, 3.6, 0, 2 * Math.PI);
      if (row.quality === 'good') context.fill();
      else context.stroke();
    }
    context.globalAlpha = 1;
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const point = nearestPoint(
      this.placed,
      event.clientX - box.left,
      event.clientY - box.top,
      kReach,
    );
    this.tip.hidden = point === null;
    if (point === null) return;
    this.tip.textContent = sentenceOf(point.row);
    const room = this.canvas.parentElement.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(room, point.px + 12))}px`;
    this.tip.style.top = `${point.py + 14}px`;
  }
}
