// The timeline: two runs above each other on one scale, a minimap, search, measuring and selection.
// Drawing is in timeline_draw.mjs, hands in timeline_input.mjs.

import { spanAt, summariseRange } from './bins.mjs';
import { palette, themeColours, topTypes, typeColours } from './colours.mjs';
import { announce, bodyOf, button, choice, element, prepareCanvas } from './dom.mjs';
import { bytesText, percentText, ratio, timeText } from './format.mjs';
import { heightOf, kWork, rowsOf } from './rows.mjs';
import { extentOf } from './state.mjs';
import { RowPainter, drawAxis, kAxis, layOut } from './timeline_draw.mjs';
import { kKeys, listenToKeys, listenToPointer } from './timeline_input.mjs';

const kMinimap = 30;
/** Room for the names of rows beside all charts over time; narrow screens have none to spare. */
export function gutterOf(width) {
  return width < 640 ? 0 : 92;
}

export class Timeline {
  constructor(state) {
    this.state = state;
    this.rows = state.runs.map(rowsOf);
    this.types = topTypes(state.runs);
    const byType = state.runs.map((run) => typeColours(run, this.types));
    // Colour numbers per row, for both ways to colour.
    this.colours = new Map();
    this.rows.forEach((rows, run) => rows.forEach((row) => {
      const type = Uint8Array.from(row.op, (op) => (op < 0 ? this.types.length : byType[run][op]));
      this.colours.set(row, { type: type.map((c) => (c === this.types.length ? 7 : c)), work: row.work });
    }));
    this.painter = new RowPainter();
    this.chosen = null;  // {place, index} of the selected span
    this.frame = 0;
    this.build();
    state.subscribe((what) => {
      if (what === 'selection') this.findChosen();
      if (what !== 'view' && what !== 'range') this.hasOverview = false;
      if (what === 'range') this.showMeasured();
      if (what === 'colours') this.showLegend();
      this.request();
    });
    this.showLegend();
    new ResizeObserver(() => this.request()).observe(this.canvas.parentElement);
    this.draw();
  }

  build() {
    const { state } = this;
    this.canvas = element('canvas', { tabindex: '0', role: 'application', id: 'timeline-canvas',
      'aria-label': 'Timeline of both engines. Arrow keys move and zoom, Enter selects, ' +
        'question mark lists all keys.' });
    this.minimap = element('canvas', { class: 'minimap', 'aria-hidden': 'true' });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.searchBox = element('input', { type: 'search', placeholder: 'Search operators',
      'aria-label': 'Search operators by name, type or origin', spellcheck: 'false',
      oninput: () => this.search(0), onkeydown: (event) => {
        if (event.key === 'Enter') this.search(event.shiftKey ? -1 : 1);
        else if (event.key === 'Escape') this.canvas.focus();
        else return;
        event.preventDefault();
      } });
    this.found = element('span', { class: 'found', role: 'status' });
    this.help = element('details', { class: 'keys' }, element('summary', {}, 'Keys'),
      element('dl', {}, kKeys.map(([keys, deed]) =>
        element('div', {}, element('dt', {}, keys), element('dd', {}, deed)))));
    this.legend = element('ul', { class: 'legend' });
    this.measured = element('div', { class: 'measured', hidden: true });
    bodyOf('timeline').append(
      element('div', { class: 'tools' }, this.searchBox, this.found,
        button('−', () => state.zoom(1.6), { 'aria-label': 'Less detail' }),
        button('+', () => state.zoom(1 / 1.6), { 'aria-label': 'More detail' }),
        button('Fit', () => this.fit(), { title: 'Fit the selection (F)' }),
        button('All', () => state.setView(0, state.whole), { title: 'The whole run (0)' }),
        choice('Colours', [['type', 'by operator'], ['work', 'by work']], state.colourMode,
               (mode) => state.setColourMode(mode)), this.help),
      element('div', { class: 'minimap-frame' }, this.minimap),
      element('div', { class: 'frame' }, this.canvas, this.tip), this.legend, this.measured);
    listenToKeys(this.canvas, this.keyActions());
    listenToPointer(this.canvas, {
      pick: (x, y) => this.pick(x, y), hover: (x, y) => this.hover(x, y), fit: () => this.fit(),
      panBy: (pixels) => state.pan(pixels / this.inner()),
      zoomAt: (factor, x) => state.zoom(factor, this.timeAt(x)),
      measure: (x0, x1) => state.setRange(this.timeAt(x0), this.timeAt(x1)),
    });
    const jump = (event) => {
      const { left, width } = this.minimap.getBoundingClientRect();
      const gutter = gutterOf(width);
      const at = (event.clientX - left - gutter) / (width - gutter) * state.whole;
      const half = (state.view.to - state.view.from) / 2;
      state.setView(at - half, at + half);
    };
    this.minimap.addEventListener('pointerdown', (event) => {
      this.minimap.setPointerCapture(event.pointerId);
      jump(event);
    });
    this.minimap.addEventListener('pointermove', (event) => { if (event.buttons === 1) jump(event); });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target.closest('input, select, textarea')) return;
      this.searchBox.focus();
      event.preventDefault();
    });
  }

  keyActions() {
    const { state } = this;
    return {
      pan: (share) => state.pan(share),
      zoom: (factor) => state.zoom(factor, this.middleOfInterest()),
      showAll: () => state.setView(0, state.whole),
      fit: () => this.fit(), step: (by) => this.step(by), changeRow: (by) => this.changeRow(by),
      enter: () => this.enter(), toCause: () => this.toCause(), toOther: () => this.toOther(),
      measureBy: (by) => this.measureBy(by), clear: () => state.clear(),
      search: () => this.searchBox.focus(),
      help: () => { this.help.open = !this.help.open; },
    };
  }

  /** Commands on all rows of all runs. */
  countSpans() {
    return this.rows.flat().reduce((sum, row) => sum + row.span.filter((span) => span >= 0).length, 0);
  }

  inner() { return Math.max(1, this.canvas.clientWidth - gutterOf(this.canvas.clientWidth)); }
  timeAt(x) {
    const { from, to } = this.state.view;
    return from + (x - gutterOf(this.canvas.clientWidth)) / this.inner() * (to - from);
  }
  /** Zooming by keys keeps the selected span in sight when it is. */
  middleOfInterest() {
    const { from, to } = this.state.view;
    if (this.chosen === null) return (from + to) / 2;
    const { row } = this.chosen.place;
    const middle = (row.start[this.chosen.index] + row.end[this.chosen.index]) / 2;
    return middle > from && middle < to ? middle : (from + to) / 2;
  }

  placeAt(y) {
    return this.layout.places.findIndex((place) => y >= place.y && y < place.y + place.height);
  }
  spanUnder(x, y) {
    const at = this.placeAt(y);
    if (at < 0) return null;
    const place = this.layout.places[at];
    const slack = 3 * (this.state.view.to - this.state.view.from) / this.inner();
    const index = spanAt(place.row, this.timeAt(x), slack);
    return index < 0 ? null : { place, index };
  }

  pick(x, y) {
    this.canvas.focus({ preventScroll: true });
    const found = this.spanUnder(x, y);
    if (found === null) {
      this.state.clear();
      return;
    }
    this.choose(found, false);
  }

  /** Selects a span of a row. */
  choose(found, reveal = true) {
    const { row, run } = found.place;
    this.pending = found;
    this.state.select(run, row.op[found.index], row.span[found.index]);
    if (reveal) this.state.reveal(row.start[found.index], row.end[found.index]);
    announce(this.textOf(found));
  }

  /** The bar to outline: the one picked, else the selected command's own. */
  findChosen() {
    const { selection } = this.state;
    const pending = this.pending;
    this.pending = undefined;
    this.chosen = null;
    if (selection === null) return;
    if (pending !== undefined) {
      this.chosen = pending;
      return;
    }
    for (const place of this.layout.places) {
      if (place.run !== selection.run) continue;
      const index = selection.span >= 0 ? place.row.span.indexOf(selection.span)
        : place.row.name === 'TPU_LAYER' ? place.row.op.indexOf(selection.op) : -1;
      if (index >= 0) {
        this.chosen = { place, index };
        return;
      }
    }
  }

  enter() {
    if (this.chosen !== null && this.state.selection?.op >= 0) {
      this.state.changed('show-operator');
      return;
    }
    const middle = this.middleOfInterest();
    for (const place of this.layout.places.toReversed()) {
      const index = spanAt(place.row, middle, this.state.whole);
      if (index >= 0) return this.choose({ place, index });
    }
  }

  step(by) {
    if (this.chosen === null) return this.enter();
    const { place, index } = this.chosen;
    const next = Math.min(place.row.count - 1, Math.max(0, index + by));
    this.choose({ place, index: next });
  }

  changeRow(by) {
    if (this.chosen === null) return this.enter();
    const { place, index } = this.chosen;
    const middle = (place.row.start[index] + place.row.end[index]) / 2;
    const { places } = this.layout;
    for (let at = places.findIndex((each) => each.row === place.row) + by;
      at >= 0 && at < places.length; at += by) {
      const found = spanAt(places[at].row, middle, this.state.whole);
      if (found >= 0) return this.choose({ place: places[at], index: found });
    }
  }

  toCause() {
    const { selection, runs } = this.state;
    const cause = selection?.span >= 0 ? runs[selection.run].spans.waits[selection.span] : -1;
    if (cause < 0) {
      announce('It waited for no command of the other engine.');
      return;
    }
    this.showSpan(selection.run, cause);
  }

  /** Selects a command wherever it is drawn. */
  showSpan(run, span) {
    const { spans } = this.state.runs[run];
    this.state.select(run, spans.op[span], span);
    this.state.reveal(spans.start[span], spans.end[span]);
  }

  toOther() {
    const { selection, runs, links } = this.state;
    if (runs.length < 2 || selection === null || selection.op < 0) return;
    const other = 1 - selection.run;
    const members = links.members[links.family[selection.run][selection.op]][other];
    if (members.length === 0) {
      announce(`No such operator ${runs[other].label}.`);
      return;
    }
    // The member after the current one comes next when the operator was split.
    this.showOp(other, members[0]);
  }

  /** Selects an operator and brings it into view. */
  showOp(run, op) {
    const extent = extentOf(this.state.runs[run], op);
    this.state.select(run, op);
    if (extent !== null) this.state.reveal(extent.from, extent.to);
  }

  fit() {
    const { range, selection, runs } = this.state;
    let extent = range;
    if (extent === null && this.chosen !== null) {
      const { row } = this.chosen.place;
      extent = { from: row.start[this.chosen.index], to: row.end[this.chosen.index] };
    } else if (extent === null && selection !== null) {
      extent = extentOf(runs[selection.run], selection.op);
    }
    if (extent === null) return this.state.setView(0, this.state.whole);
    const room = Math.max(10, (extent.to - extent.from) * 0.1);
    this.state.setView(extent.from - room, extent.to + room);
  }

  measureBy(by) {
    const { view, range } = this.state;
    const step = by * (view.to - view.from) / 40;
    const from = range?.from ?? (this.chosen === null ? (view.from + view.to) / 2
      : this.chosen.place.row.start[this.chosen.index]);
    const to = range?.to ?? (this.chosen === null ? from
      : this.chosen.place.row.end[this.chosen.index]);
    this.state.setRange(from, Math.max(from, to + step));
  }

  /** Operators whose name, type or origin has the text; `by` moves among them. */
  search(by) {
    const wanted = this.searchBox.value.trim().toLowerCase();
    const run = this.state.runs.length - 1;
    if (wanted === '') {
      this.found.textContent = '';
      return;
    }
    const { ops } = this.state.runs[run];
    const hits = [];
    for (let op = 0; op < ops.count; ++op) {
      const texts = [ops.name[op], ops.type[op], ...ops.origin[op]];
      if (texts.some((text) => text.toLowerCase().includes(wanted))) hits.push(op);
    }
    if (hits.length === 0) {
      this.found.textContent = 'nothing found';
      return;
    }
    this.hit = by === 0 || this.wanted !== wanted ? 0 : (this.hit + by + hits.length) % hits.length;
    this.wanted = wanted;
    this.found.textContent = `${this.hit + 1} of ${hits.length}`;
    this.showOp(run, hits[this.hit]);
  }

  textOf({ place, index }) {
    const { row, run } = place;
    const { ops, spans } = this.state.runs[run];
    const op = row.op[index];
    const length = timeText(row.end[index] - row.start[index]);
    const span = row.span[index];
    const what = span >= 0 ? `${spans.kinds[spans.forms.kind[spans.form[span]]]}, ` : '';
    const name = op >= 0 ? `${ops.name[op]} (${ops.type[op]})` : row.labels?.[index] ?? row.name;
    const height = span < 0 ? '' : spans.engine[span] === 0
      ? `, useful ${percentText(row.height[index])}`
      : `, ${percentText(heightOf(this.state.runs[run], span))} of the bus`;
    return `${what}${name}, ${length}${height}`;
  }

  hover(x, y) {
    const found = x < 0 ? null : this.spanUnder(x, y);
    this.tip.hidden = found === null;
    if (found === null) return;
    this.tip.textContent = `${found.place.row.name}: ${this.textOf(found)}`;
    const room = this.canvas.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = `${Math.max(0, Math.min(room, x + 12))}px`;
    this.tip.style.top = `${found.place.y + found.place.height + 4}px`;
  }

  showLegend() {
    const { colours, names } = palette(this.state.colourMode, this.types, kWork);
    const swatches = names.map((name, i) => {
      const dot = element('span', { class: 'dot' });
      dot.style.background = colours[i === names.length - 1 ? colours.length - 1 : i];
      return element('li', {}, dot, name);
    });
    this.legend.replaceChildren(...swatches, element('li', { class: 'note' },
      'Bar heights: TPU_GDMA bandwidth of the bus’s peak; TPU_BD useful of performed operations; ' +
      'TPU_LAYER half where only data moves.'));
  }

  showMeasured() {
    const { range, runs } = this.state;
    this.measured.hidden = range === null;
    if (range === null) return;
    const length = range.to - range.from;
    this.measured.replaceChildren(element('strong', {}, timeText(length)), ' measured',
      ...runs.map((run) => {
        const sum = summariseRange(run, range.from, range.to);
        const most = sum.ops.slice(0, 3).map(([op, time]) => `${run.ops.name[op]} ${timeText(time)}`);
        return element('p', {}, `${runs.length > 1 ? `${run.label}: ` : ''}BDC busy ` +
          `${percentText(ratio(sum.bdc, length))}, GDMA busy ${percentText(ratio(sum.gdma, length))}, ` +
          `${bytesText(Math.round(sum.bytes))} moved. Most: ${most.join(', ') || 'nothing'}.`);
      }));
  }

  request() {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const theme = themeColours();
    const isNarrow = gutterOf(this.canvas.parentElement.clientWidth) === 0;
    this.layout = layOut(this.rows, isNarrow ? 15 : 5);
    const { context, width, height } = prepareCanvas(this.canvas, this.layout.height);
    const gutter = gutterOf(width);
    const inner = width - gutter;
    const { view, range, marks } = this.state;
    const scale = inner / (view.to - view.from);
    const { colours } = palette(this.state.colourMode, this.types, kWork);
    drawAxis(context, view, inner, height, theme, gutter);
    for (const title of this.layout.titles) {
      const run = this.state.runs[title.run];
      context.fillStyle = theme.text;
      context.font = '600 13px system-ui, sans-serif';
      const preset = run.identity.preset ? ` · ${run.identity.preset}` : '';
      context.fillText(`${run.label}${preset} · ${timeText(run.summary.time)}`, 0, title.y + 13);
    }
    for (const place of this.layout.places) {
      context.font = '11px system-ui, sans-serif';
      context.fillStyle = theme.dim;
      context.textAlign = 'left';
      context.textBaseline = 'middle';
      if (isNarrow) context.fillText(place.row.name, 0, place.y - 7);
      else context.fillText(place.row.name, 0, place.y + place.height / 2);
      context.save();
      context.translate(gutter, 0);
      context.beginPath();
      context.rect(0, place.y - 2, inner, place.height + 4);
      context.clip();
      const chosen = this.chosen?.place.row === place.row ? this.chosen.index : -1;
      this.painter.draw(context, place, view, inner,
                        this.colours.get(place.row)[this.state.colourMode], colours,
                        marks[place.run], chosen, theme);
      context.restore();
    }
    if (range !== null) {
      const x0 = Math.max(0, (range.from - view.from) * scale);
      const x1 = Math.min(inner, (range.to - view.from) * scale);
      if (x1 > x0) {
        context.fillStyle = theme.accent;
        context.globalAlpha = 0.18;
        context.fillRect(gutter + x0, kAxis - 6, x1 - x0, height - kAxis + 6);
        context.globalAlpha = 1;
        context.font = '600 12px system-ui, sans-serif';
        context.fillText(timeText(range.to - range.from), gutter + x0 + 4, kAxis - 8);
      }
    }
    this.drawCause(context, gutter, scale, theme);
    this.drawMinimap(theme, colours);
  }

  /** A line from the end of the command waited for to the selected one. */
  drawCause(context, gutter, scale, theme) {
    const { selection, runs, view } = this.state;
    if (selection === null || selection.span < 0) return;
    const { spans } = runs[selection.run];
    const cause = spans.waits[selection.span];
    if (cause < 0) return;
    const rowOf = (span) => this.layout.places.find((place) => place.run === selection.run &&
      place.row.span.includes(span));
    const [to, from] = [rowOf(selection.span), rowOf(cause)];
    if (to === undefined || from === undefined) return;
    const x = (time) => gutter + (time - view.from) * scale;
    const [x0, x1] = [x(spans.end[cause]), x(spans.start[selection.span])];
    const isDown = from.y < to.y;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x0, isDown ? from.y + from.height : from.y);
    context.lineTo(x1, isDown ? to.y : to.y + to.height);
    context.stroke();
  }

  /** The whole run once, as a picture: it changes with size, selection and colours only. */
  drawOverview(width, theme, colours) {
    this.overview ??= document.createElement('canvas');
    const density = window.devicePixelRatio || 1;
    this.overview.width = Math.round(width * density);
    this.overview.height = Math.round(kMinimap * density);
    const context = this.overview.getContext('2d');
    context.scale(density, density);
    const run = this.state.runs.length - 1;
    const row = this.rows[run].find((each) => each.name === 'TPU_LAYER');
    new RowPainter().draw(context, { row, y: 4, height: kMinimap - 8 },
                          { from: 0, to: this.state.whole }, width,
                          this.colours.get(row)[this.state.colourMode], colours,
                          this.state.marks[run], -1, theme);
  }

  drawMinimap(theme, colours) {
    const { context, width } = prepareCanvas(this.minimap, kMinimap);
    const gutter = gutterOf(width);
    const inner = width - gutter;
    if (!this.hasOverview || this.overviewWidth !== inner) this.drawOverview(inner, theme, colours);
    this.hasOverview = true;
    this.overviewWidth = inner;
    context.save();
    context.translate(gutter, 0);
    context.drawImage(this.overview, 0, 0, inner, kMinimap);
    const { view, whole } = this.state;
    const x0 = view.from / whole * inner;
    const x1 = view.to / whole * inner;
    context.fillStyle = theme.panel;
    context.globalAlpha = 0.6;
    context.fillRect(0, 0, x0, kMinimap);
    context.fillRect(x1, 0, inner - x1, kMinimap);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(x0 + 1, 1, Math.max(3, x1 - x0 - 2), kMinimap - 2);
    context.restore();
  }
}
