// Both timelines on one axis: base above now. A click chooses an operator, which is marked in both
// and in the table.

import { spanAt } from '../common/bins.mjs';
import { palette, themeColours } from '../common/colours.mjs';
import { bodyOf, button, element, oncePerFrame, prepareCanvas } from '../common/dom.mjs';
import { timeText } from '../common/format.mjs';
import { RowPainter, drawAxis, gutterOf, kAxis, layOut } from '../common/timeline_draw.mjs';
import { listenToKeys, listenToPointer } from '../common/timeline_input.mjs';
import { rowLabel } from './diff_data.mjs';
import { coloursOf, rowsOfSide, typesOf } from './diff_rows.mjs';

const kGap = 4;
const kSides = ['base', 'now'];

export class DiffTimeline {
  /** `onselect` is told the number of the table's row whose span was chosen, or -1. */
  constructor(diff, onselect) {
    this.diff = diff;
    this.onselect = onselect;
    this.types = typesOf(diff);
    const rows = kSides.map((side) => rowsOfSide(diff.timelines[side]));
    this.layout = layOut(rows, kGap);
    this.colours = new Map(rows.flat().map((row) => [row, coloursOf(row, diff.rows, this.types)]));
    const ends = rows.flat().map((row) => row.end.at(-1) ?? 0);
    this.span = Math.max(1, ...ends);
    this.view = { from: 0, to: this.span };
    this.marked = -1;
    this.painter = new RowPainter();
    this.request = oncePerFrame(() => this.draw());
    this.build();
    this.draw();
    window.addEventListener('resize', this.request);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.request);
  }

  build() {
    this.canvas = element('canvas', {
      id: 'timeline-canvas',
      tabindex: '0',
      role: 'img',
      'aria-label': 'Commands of base above those of now, on one axis of time',
    });
    this.tip = element('div', { class: 'tip', hidden: true });
    const { colours, names } = palette('type', this.types);
    bodyOf('timeline').append(
      element(
        'div',
        { class: 'tools' },
        button('All', () => this.showAll(), { title: 'Both runs whole (0)' }),
        button('−', () => this.zoom(1.6), { 'aria-label': 'Less detail' }),
        button('+', () => this.zoom(1 / 1.6), { 'aria-label': 'More detail' }),
        button('Fit the operator', () => this.fit(), { title: 'The chosen operator in both runs (F)' }),
      ),
      element('div', { class: 'frame' }, this.canvas, this.tip),
      element(
        'ul',
        { class: 'legend' },
        names.map((name, i) => {
          const dot = element('span', { class: 'dot' });
          dot.style.background = i + 1 === names.length ? colours.at(-1) : colours[i];
          return element('li', {}, dot, name);
        }),
      ),
    );
    const nothing = () => {};
    const actions = {
      pan: (share) => this.panBy(share * this.width()),
      panBy: (pixels) => this.panBy(pixels),
      zoom: (factor) => this.zoom(factor),
      zoomAt: (factor, x) => this.zoom(factor, x),
      showAll: () => this.showAll(),
      fit: () => this.fit(),
      pick: (x, y) => this.choose(this.rowAt(x, y)),
      clear: () => this.choose(-1),
      hover: (x, y) => this.hover(x, y),
    };
    const rest = ['step', 'changeRow', 'enter', 'toCause', 'toOther', 'align', 'path', 'search', 'help'];
    for (const name of [...rest, 'measure', 'measureBy']) actions[name] = nothing;
    listenToKeys(this.canvas, actions);
    listenToPointer(this.canvas, actions);
  }

  left() {
    return gutterOf(this.canvas.parentElement.clientWidth);
  }
  width() {
    return Math.max(1, this.canvas.parentElement.clientWidth - this.left());
  }

  /** Marks a row of the table in both runs; -1: none. */
  mark(number) {
    this.marked = number;
    this.draw();
  }

  choose(number) {
    this.mark(number);
    this.onselect(number);
  }

  setView(from, to) {
    const length = Math.min(this.span, Math.max(20, to - from));
    const begin = Math.min(Math.max(0, from), this.span - length);
    this.view = { from: begin, to: begin + length };
    this.tip.hidden = true;
    this.request();
  }
  showAll() {
    this.setView(0, this.span);
  }
  panBy(pixels) {
    const step = (pixels * (this.view.to - this.view.from)) / this.width();
    this.setView(this.view.from + step, this.view.to + step);
  }
  zoom(factor, x = this.left() + this.width() / 2) {
    const { from, to } = this.view;
    const at = from + ((x - this.left()) / this.width()) * (to - from);
    this.setView(at - (at - from) * factor, at + (to - at) * factor);
  }

  /** From the first to the last command of the marked operator in either run. */
  fit() {
    if (this.marked < 0) return;
    let [from, to] = [Infinity, -Infinity];
    for (const { row } of this.layout.places) {
      row.op.forEach((op, i) => {
        if (op !== this.marked) return;
        from = Math.min(from, row.start[i]);
        to = Math.max(to, row.end[i]);
      });
    }
    if (from < to) this.setView(from - 0.1 * (to - from), to + 0.1 * (to - from));
  }

  /** The span under the pointer: {place, index}, or null. */
  spanUnder(x, y) {
    const place = this.layout.places.find((each) => y >= each.y && y < each.y + each.height);
    if (place === undefined || x < this.left()) return null;
    const perPixel = (this.view.to - this.view.from) / this.width();
    const time = this.view.from + (x - this.left()) * perPixel;
    const index = spanAt(place.row, time, 2 * perPixel);
    return index < 0 ? null : { place, index };
  }
  rowAt(x, y) {
    const found = this.spanUnder(x, y);
    return found === null ? -1 : found.place.row.op[found.index];
  }

  hover(x, y) {
    const found = this.spanUnder(x, y);
    this.tip.hidden = found === null;
    if (found === null) return;
    const { place, index } = found;
    const { row, run } = place;
    const op = this.diff.rows[row.op[index]];
    const times = `${timeText(row.start[index])} to ${timeText(row.end[index])}`;
    this.tip.replaceChildren(
      element('b', {}, op === undefined ? 'no operator' : rowLabel(op)),
      element('span', {}, `${kSides[run]}, ${row.name}: ${times}, ${timeText(row.end[index] - row.start[index])}`),
      ...(op === undefined
        ? []
        : [element('span', {}, `${op.type}: ${timeText(op.base_ps / 1000)} → ${timeText(op.now_ps / 1000)}`)]),
    );
    const room = this.canvas.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(x + 12, room))}px`;
    this.tip.style.top = `${y + 16}px`;
  }

  draw() {
    const { context, width, height } = prepareCanvas(this.canvas, this.layout.height);
    const theme = themeColours();
    const left = gutterOf(width);
    drawAxis(context, this.view, width - left, height, theme, left);
    this.drawNames(context, left, theme);
    let marks = null;
    if (this.marked >= 0) {
      marks = new Uint8Array(this.diff.rows.length);
      marks[this.marked] = 1;
    }
    const { colours } = palette('type', this.types);
    context.save();
    context.beginPath();
    context.rect(left, kAxis, width - left, height);
    context.clip();
    context.translate(left, 0);
    for (const place of this.layout.places) {
      const spans = this.colours.get(place.row);
      this.painter.draw(context, place, this.view, width - left, spans, colours, marks, -1, theme);
    }
    context.restore();
  }

  drawNames(context, left, theme) {
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    for (const { run, y } of this.layout.titles) {
      context.fillStyle = theme.text;
      context.fillText(kSides[run], 0, y + 14);
    }
    if (left === 0) return;
    context.fillStyle = theme.dim;
    for (const { row, y, height } of this.layout.places) context.fillText(row.name, 0, y + height / 2);
  }
}
