// What the timeline shows: the rows of both runs, the minimap, the legend and what was measured.
// What hands do with it is in timeline.mjs.

import { spanAt, summariseRange } from '../common/bins.mjs';
import { palette, themeColours, topTypes, typeColours } from '../common/colours.mjs';
import { button, element, prepareCanvas, oncePerFrame } from '../common/dom.mjs';
import { bytesText, percentText, ratio, siText, timeText } from '../common/format.mjs';
import { heightOf, kWork, rowsOf } from './rows.mjs';
import { RowPainter, drawAxis, gutterOf, kAxis, layOut } from '../common/timeline_draw.mjs';
import { drawArrows, drawGaps, drawHits, drawPath } from './timeline_marks.mjs';
import { criticalPath, longestGaps, pathTimes, reasonOf, waitersOf } from './waiting.mjs';

const kMinimap = 30;

export class TimelineView {
  constructor(state) {
    this.state = state;
    this.rows = state.runs.map(rowsOf);
    this.types = topTypes(state.runs);
    const other = palette('type', this.types, kWork).colours.length - 1;
    // Colour numbers per row, for both ways to colour.
    this.colours = new Map();
    this.rows.forEach((rows, run) => {
      const ofOp = typeColours(state.runs[run], this.types);
      for (const row of rows) {
        const type = Uint8Array.from(row.op, (op) => (op < 0 ? other : ofOp[op]));
        this.colours.set(row, { type, work: row.work });
      }
    });
    this.painter = new RowPainter();
    this.chosen = null; // {place, index} of the selected span
    this.request = oncePerFrame(() => this.draw());
    this.canvas = element('canvas', {
      tabindex: '0',
      role: 'application',
      id: 'timeline-canvas',
      'aria-label':
        'Timeline of both engines. Arrow keys move and zoom, Enter selects, ' +
        'question mark lists all keys.',
    });
    this.minimap = element('canvas', { class: 'minimap', 'aria-hidden': 'true' });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.legend = element('ul', { class: 'legend' });
    this.measured = element('div', { class: 'measured', hidden: true });
    this.pathNote = element('div', { class: 'noted', hidden: true });
    this.paths = null; // of every run, where they are shown
    this.gaps = null; // likewise
    this.waiters = [];
    state.subscribe((what) => {
      if (what === 'view') this.tip.hidden = true;
      if (what === 'selection') this.followSelection();
      if (what === 'colours') this.showLegend();
      if (what === 'range') this.showMeasured();
      if (what !== 'view' && what !== 'range') this.hasOverview = false;
      this.request();
    });
    this.showLegend();
  }

  /** The parts of the view, to be put on the page. */
  elements() {
    return [
      element('div', { class: 'minimap-frame' }, this.minimap),
      element('div', { class: 'frame' }, this.canvas, this.tip),
      this.legend,
      this.measured,
      this.pathNote,
      this.gapList(),
    ];
  }

  /** The longest gaps as a list that leads to them; marked on the rows while it is open. */
  gapList() {
    const list = element('ol', { class: 'gaps' });
    const details = element('details', { class: 'gaps-of' }, element('summary', {}, 'The ten longest gaps'), list);
    details.addEventListener('toggle', () => {
      this.gaps = details.open ? this.state.runs.map((run) => longestGaps(run)) : null;
      const run = this.state.runs.length - 1;
      list.replaceChildren(
        ...(this.gaps ?? [[]])
          .at(-1)
          .map(({ span, from, to, reason }) =>
            element(
              'li',
              {},
              button(timeText(to - from), () => this.showGap(run, span, from, to), { class: 'link' }),
              `at ${timeText(from)}: ${reason}`,
            ),
          ),
      );
      this.request();
    });
    return details;
  }

  showGap(run, span, from, to) {
    this.state.select(run, this.state.runs[run].spans.op[span], span);
    this.state.reveal(run, from - (to - from), to + (to - from));
  }

  /** Shows or hides the commands that decide how long runs take; of the selected one, if any. */
  togglePath(isOn) {
    const { selection, runs } = this.state;
    this.isPathOn = isOn;
    const spanOf = (run) => (selection !== null && selection.run === run ? selection.span : -1);
    this.paths = isOn ? runs.map((run, i) => criticalPath(run, spanOf(i))) : null;
    this.pathNote.hidden = !isOn;
    if (isOn) {
      this.pathNote.replaceChildren(
        ...runs.map((run, i) => {
          const { bdc, gdma, between } = pathTimes(run, this.paths[i]);
          const of = spanOf(i) >= 0 ? 'to the selected command' : 'of the run';
          return element(
            'p',
            {},
            `${runs.length > 1 ? `${run.label}: ` : ''}critical path ${of}: ${this.paths[i].length} commands, ` +
              `BDC ${timeText(bdc)}, GDMA ${timeText(gdma)}, ${timeText(between)} between commands, launch included.`,
          );
        }),
      );
    }
    this.request();
  }

  followSelection() {
    const { selection, runs } = this.state;
    const isCommand = selection !== null && selection.span >= 0;
    this.waiters = isCommand ? waitersOf(runs[selection.run], selection.span) : [];
    if (this.isPathOn) this.togglePath(true);
  }

  /** Commands on all rows of all runs. */
  countSpans() {
    return this.rows
      .flat()
      .reduce((sum, row) => sum + row.span.filter((span) => span >= 0).length, 0);
  }

  inner() {
    return Math.max(1, this.canvas.clientWidth - gutterOf(this.canvas.clientWidth));
  }

  timeAt(x) {
    const { from, to } = this.state.view;
    return from + ((x - gutterOf(this.canvas.clientWidth)) / this.inner()) * (to - from);
  }

  placeAt(y) {
    return this.layout.places.findIndex((place) => y >= place.y && y < place.y + place.height);
  }

  spanUnder(x, y) {
    const at = this.placeAt(y);
    if (at < 0) return null;
    const place = this.layout.places[at];
    const slack = (3 * (this.state.view.to - this.state.view.from)) / this.inner();
    const index = spanAt(place.row, this.timeAt(x) - this.state.shifts[place.run], slack);
    return index < 0 ? null : { place, index };
  }

  textOf({ place, index }) {
    const { row, run } = place;
    const { ops, spans } = this.state.runs[run];
    const op = row.op[index];
    const length = timeText(row.end[index] - row.start[index]);
    const span = row.span[index];
    const what = span >= 0 ? `${spans.kinds[spans.forms.kind[spans.form[span]]]}, ` : '';
    const name = op >= 0 ? `${ops.name[op]} (${ops.type[op]})` : (row.labels?.[index] ?? row.name);
    const height =
      span < 0
        ? ''
        : spans.engine[span] === 0
          ? `, useful ${percentText(row.height[index])}`
          : `, ${percentText(heightOf(this.state.runs[run], span))} of the bus`;
    return `${what}${name}, ${length}${height}`;
  }

  /** What a tip says of a bar. */
  linesOf(found) {
    const { place, index } = found;
    const { row } = place;
    const run = this.state.runs[place.run];
    const { spans, ops } = run;
    const span = row.span[index];
    const op = row.op[index];
    const lines = [
      `${row.name}: ${this.textOf(found)}`,
      `from ${timeText(row.start[index])} to ${timeText(row.end[index])}`,
    ];
    if (span >= 0) {
      const { forms } = spans;
      const form = spans.form[span];
      const shape = ['n', 'c', 'h', 'w'].map((axis) => forms[axis][form]).join('×');
      const seconds = (spans.end[span] - spans.start[span]) * 1e-9;
      lines.push(
        `${shape} ${spans.dtypes[forms.dtype[form]]}, slice ${spans.slice[span]}` +
          (forms.bytes[form] > 0
            ? `, ${bytesText(forms.bytes[form])} at ${siText(ratio(forms.bytes[form], seconds))}B/s`
            : ''),
      );
      const reason = reasonOf(run, span);
      if (reason !== '') lines.push(reason);
    } else if (op >= 0) {
      lines.push(`${ops.type[op]} → ${ops.shape[op]}, ${bytesText(ops.ddr[op])} of DDR traffic`);
    }
    return lines;
  }

  hover(x, y) {
    const found = x < 0 ? null : this.spanUnder(x, y);
    this.tip.hidden = found === null;
    if (found === null) return;
    this.tip.replaceChildren(
      ...this.linesOf(found).map((line, i) => element(i === 0 ? 'b' : 'span', {}, line)),
    );
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
    this.legend.replaceChildren(
      ...swatches,
      element(
        'li',
        { class: 'note' },
        'Bar heights: TPU_GDMA bandwidth of the bus’s peak; TPU_BD useful of performed operations; ' +
          'TPU_LAYER half where only data moves.',
      ),
    );
  }

  showMeasured() {
    const { range, runs } = this.state;
    this.measured.hidden = range === null;
    if (range === null) return;
    const length = range.to - range.from;
    this.measured.replaceChildren(
      element('strong', {}, timeText(length)),
      ' measured',
      ...runs.map((run, i) => {
        const shift = this.state.shifts[i];
        const sum = summariseRange(run, range.from - shift, range.to - shift);
        const most = sum.ops
          .slice(0, 3)
          .map(([op, time]) => `${run.ops.name[op]} ${timeText(time)}`);
        return element(
          'p',
          {},
          `${runs.length > 1 ? `${run.label}: ` : ''}BDC busy ` +
            `${percentText(ratio(sum.bdc, length))}, GDMA busy ${percentText(ratio(sum.gdma, length))}, ` +
            `${bytesText(Math.round(sum.bytes))} moved. Most: ${most.join(', ') || 'nothing'}.`,
        );
      }),
    );
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
      this.painter.draw(
        context,
        place,
        this.state.viewOf(place.run),
        inner,
        this.colours.get(place.row)[this.state.colourMode],
        colours,
        marks[place.run],
        chosen,
        theme,
      );
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
    this.drawMarks(context, { left: gutter, right: width }, scale, theme);
    this.drawMinimap(theme, colours);
  }

  /** What lies over the rows: see timeline_marks.mjs. */
  drawMarks(context, room, scale, theme) {
    const { selection, runs, hits } = this.state;
    const { layout } = this;
    context.save();
    context.beginPath();
    context.rect(room.left, 0, room.right - room.left, layout.height);
    context.clip();
    runs.forEach(({ spans }, run) => {
      const { from } = this.state.viewOf(run);
      const across = (time) => room.left + (time - from) * scale;
      const of = [context, layout, run, spans];
      if (this.gaps !== null) drawGaps(...of, this.gaps[run], across, room, theme);
      if (this.paths !== null) drawPath(...of, this.paths[run], across, room, theme);
      const place = layout.places.find((each) => each.run === run && each.row.name === 'TPU_LAYER');
      if (hits[run] !== null) drawHits(context, place.row, hits[run], across, room, place.y - 4, theme);
      if (selection === null || selection.run !== run || selection.span < 0) return;
      const cause = spans.waits[selection.span];
      const pairs = this.waiters.map((waiter) => [selection.span, waiter]);
      if (cause >= 0) pairs.unshift([cause, selection.span]);
      drawArrows(...of, pairs, across, theme);
    });
    context.restore();
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
    new RowPainter().draw(
      context,
      { row, y: 4, height: kMinimap - 8 },
      this.overviewStretch(run),
      width,
      this.colours.get(row)[this.state.colourMode],
      colours,
      this.state.marks[run],
      -1,
      theme,
    );
    const flags = this.state.hits[run];
    if (flags === null) return;
    const { from, to } = this.overviewStretch(run);
    const across = (time) => ((time - from) * width) / (to - from);
    drawHits(context, row, flags, across, { left: 0, right: width }, 0, theme);
  }

  /** All of the axis in a run's own time. */
  overviewStretch(run) {
    const bounds = this.state.bounds();
    const shift = this.state.shifts[run];
    return { from: bounds.from - shift, to: bounds.to - shift };
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
    const { view } = this.state;
    const bounds = this.state.bounds();
    const across = (time) => ((time - bounds.from) / (bounds.to - bounds.from)) * inner;
    const [x0, x1] = [across(view.from), across(view.to)];
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
