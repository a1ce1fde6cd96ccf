// The timeline: two runs above each other on one scale, with search, measuring and selection. What
// it shows is in timeline_view.mjs, hands in timeline_input.mjs.

import { spanAt } from '../common/bins.mjs';
import { announce, bodyOf, button, choice, element } from '../common/dom.mjs';
import { percentText, ratio, timeText } from '../common/format.mjs';
import { extentOf } from './state.mjs';
import { gutterOf } from '../common/timeline_draw.mjs';
import { kKeys, listenToKeys, listenToPointer } from '../common/timeline_input.mjs';
import { TimelineView } from './timeline_view.mjs';

export class Timeline extends TimelineView {
  constructor(state) {
    super(state);
    state.subscribe((what) => {
      if (what === 'selection') this.findChosen();
    });
    this.build();
    new ResizeObserver(() => this.request()).observe(this.canvas.parentElement);
    this.draw();
  }

  build() {
    const { state } = this;
    this.searchBox = element('input', {
      type: 'search',
      placeholder: 'Search operators',
      'aria-label': 'Search operators by name, type or origin',
      spellcheck: 'false',
      oninput: () => this.search(0),
      onkeydown: (event) => {
        if (event.key === 'Enter') this.search(event.shiftKey ? -1 : 1);
        else if (event.key === 'Escape') this.canvas.focus();
        else return;
        event.preventDefault();
      },
    });
    this.found = element('span', { class: 'found', role: 'status' });
    this.pathButton = button('Critical path', () => this.switchPath(), {
      'aria-pressed': 'false',
      title: 'The commands that decide how long it takes: of the selected one, else of the run (C)',
    });
    this.alignButton = button('Align', () => this.switchAlignment(), {
      'aria-pressed': 'false',
      title: 'Both runs with the selected operator at one place (G)',
    });
    this.help = element(
      'details',
      { class: 'keys' },
      element('summary', {}, 'Keys'),
      element(
        'dl',
        {},
        kKeys.map(([keys, deed]) =>
          element('div', {}, element('dt', {}, keys), element('dd', {}, deed)),
        ),
      ),
    );
    bodyOf('timeline').append(
      element(
        'div',
        { class: 'tools' },
        this.searchBox,
        this.found,
        button('−', () => state.zoom(1.6), { 'aria-label': 'Less detail' }),
        button('+', () => state.zoom(1 / 1.6), { 'aria-label': 'More detail' }),
        button('Fit', () => this.fit(), { title: 'Fit the selection (F)' }),
        button('All', () => state.showAll(), { title: 'The whole run (0)' }),
        this.pathButton,
        state.runs.length > 1 ? this.alignButton : null,
        choice(
          'Colours',
          [
            ['type', 'by operator'],
            ['work', 'by work'],
          ],
          state.colourMode,
          (mode) => state.setColourMode(mode),
        ),
        this.help,
      ),
      ...this.elements(),
    );
    listenToKeys(this.canvas, this.keyActions());
    listenToPointer(this.canvas, {
      pick: (x, y) => this.pick(x, y),
      hover: (x, y) => this.hover(x, y),
      fit: () => this.fit(),
      panBy: (pixels) => state.pan(pixels / this.inner()),
      zoomAt: (factor, x) => state.zoom(factor, this.timeAt(x)),
      measure: (x0, x1) => state.setRange(this.timeAt(x0), this.timeAt(x1)),
    });
    const jump = (event) => {
      const { left, width } = this.minimap.getBoundingClientRect();
      const gutter = gutterOf(width);
      const bounds = state.bounds();
      const share = (event.clientX - left - gutter) / (width - gutter);
      const at = bounds.from + share * (bounds.to - bounds.from);
      const half = (state.view.to - state.view.from) / 2;
      state.setView(at - half, at + half);
    };
    this.minimap.addEventListener('pointerdown', (event) => {
      this.minimap.setPointerCapture(event.pointerId);
      jump(event);
    });
    this.minimap.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) jump(event);
    });
    const onSlash = (event) => {
      if (event.key !== '/' || event.target.closest('input, select, textarea')) return;
      this.searchBox.focus();
      event.preventDefault();
    };
    document.addEventListener('keydown', onSlash, { signal: state.lifetime.signal });
  }

  keyActions() {
    const { state } = this;
    return {
      pan: (share) => state.pan(share),
      zoom: (factor) => state.zoom(factor, this.middleOfInterest()),
      showAll: () => state.showAll(),
      path: () => this.switchPath(),
      align: () => this.switchAlignment(),
      fit: () => this.fit(),
      step: (by) => this.step(by),
      changeRow: (by) => this.changeRow(by),
      enter: () => this.enter(),
      toCause: () => this.toCause(),
      toOther: () => this.toOther(),
      measureBy: (by) => this.measureBy(by),
      clear: () => state.clear(),
      search: () => this.searchBox.focus(),
      help: () => {
        this.help.open = !this.help.open;
      },
    };
  }

  switchPath() {
    const isOn = this.pathButton.getAttribute('aria-pressed') !== 'true';
    this.pathButton.setAttribute('aria-pressed', String(isOn));
    this.togglePath(isOn);
  }

  /** Both runs with the selected operator at one place, or where they begin. */
  switchAlignment() {
    const { state } = this;
    const isOn = this.alignButton.getAttribute('aria-pressed') === 'true';
    const starts = isOn ? null : this.startsOfSelected();
    if (!isOn && starts === null) {
      announce('Select an operator that both runs have.');
      return;
    }
    this.alignButton.setAttribute('aria-pressed', String(!isOn));
    state.align(starts);
    if (starts === null) return;
    const latest = Math.max(...starts);
    const half = (state.view.to - state.view.from) / 2;
    state.setView(latest - half, latest + half);
  }

  // Where the work of the selected operator begins in each run; null where one has none of it.
  startsOfSelected() {
    const { selection, runs, links } = this.state;
    if (selection === null || selection.op < 0) return null;
    const family = links.members[links.family[selection.run][selection.op]];
    const starts = runs.map((run, i) => {
      const members = i === selection.run ? [selection.op] : family[i];
      const extents = members.map((op) => extentOf(run, op)).filter((extent) => extent !== null);
      return extents.length === 0 ? null : Math.min(...extents.map(({ from }) => from));
    });
    return starts.includes(null) ? null : starts;
  }

  /** Zooming by keys keeps the selected span in sight when it is. */
  middleOfInterest() {
    const { from, to } = this.state.view;
    if (this.chosen === null) return (from + to) / 2;
    const { row, run } = this.chosen.place;
    const own = (row.start[this.chosen.index] + row.end[this.chosen.index]) / 2;
    const middle = own + this.state.shifts[run];
    return middle > from && middle < to ? middle : (from + to) / 2;
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
    if (reveal) this.state.reveal(run, row.start[found.index], row.end[found.index]);
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
      const index =
        selection.span >= 0
          ? place.row.span.indexOf(selection.span)
          : place.row.name === 'TPU_LAYER'
            ? place.row.op.indexOf(selection.op)
            : -1;
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
    for (const place of [...this.layout.places].reverse()) {
      const index = spanAt(place.row, middle - this.state.shifts[place.run], this.state.whole);
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
    for (
      let at = places.findIndex((each) => each.row === place.row) + by;
      at >= 0 && at < places.length;
      at += by
    ) {
      const own = middle + this.state.shifts[place.run] - this.state.shifts[places[at].run];
      const found = spanAt(places[at].row, own, this.state.whole);
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
    this.state.reveal(run, spans.start[span], spans.end[span]);
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
    if (extent !== null) this.state.reveal(run, extent.from, extent.to);
  }

  fit() {
    const { range, selection, runs } = this.state;
    let own = null; // in the time of the selected run
    if (this.chosen !== null) {
      const { row } = this.chosen.place;
      own = { from: row.start[this.chosen.index], to: row.end[this.chosen.index] };
    } else if (selection !== null) {
      own = extentOf(runs[selection.run], selection.op);
    }
    if (range === null && own === null) return this.state.showAll();
    const shift = selection === null ? 0 : this.state.shifts[selection.run];
    const extent = range ?? { from: own.from + shift, to: own.to + shift };
    const room = Math.max(10, (extent.to - extent.from) * 0.1);
    this.state.setView(extent.from - room, extent.to + room);
  }

  measureBy(by) {
    const { view, range } = this.state;
    const step = (by * (view.to - view.from)) / 40;
    const shift = this.chosen === null ? 0 : this.state.shifts[this.chosen.place.run];
    const from =
      range?.from ??
      (this.chosen === null
        ? (view.from + view.to) / 2
        : this.chosen.place.row.start[this.chosen.index] + shift);
    const to =
      range?.to ??
      (this.chosen === null ? from : this.chosen.place.row.end[this.chosen.index] + shift);
    this.state.setRange(from, Math.max(from, to + step));
  }

  /** Fills the search and marks what it finds; the selection stays. */
  searchFor(text) {
    if (text === '') return;
    this.searchBox.value = text;
    const { selection, view } = this.state;
    this.search(0);
    if (selection === null) return;
    this.state.select(selection.run, selection.op, selection.span);
    this.state.setView(view.from, view.to);
  }

  // Operators of a run whose name, type or origin has the text.
  hitsOf({ ops }, wanted) {
    const hits = [];
    for (let op = 0; op < ops.count; ++op) {
      const texts = [ops.name[op], ops.type[op], ...ops.origin[op]];
      if (texts.some((text) => text.toLowerCase().includes(wanted))) hits.push(op);
    }
    return hits;
  }

  /** Marks, counts and sums operators with the text in name, type or origin; `by` moves among them. */
  search(by) {
    const wanted = this.searchBox.value.trim().toLowerCase();
    const { runs } = this.state;
    if (wanted === '') {
      this.found.textContent = '';
      this.wanted = '';
      this.state.find(null);
      return;
    }
    const lists = runs.map((run) => this.hitsOf(run, wanted));
    if (this.wanted !== wanted) this.state.find(lists);
    const last = runs.length - 1;
    const hits = lists[last];
    if (hits.length === 0) {
      this.found.textContent = 'nothing found';
      this.wanted = wanted;
      return;
    }
    this.hit = by === 0 || this.wanted !== wanted ? 0 : (this.hit + by + hits.length) % hits.length;
    this.wanted = wanted;
    const sums = runs.map(({ ops }, i) => lists[i].reduce((sum, op) => sum + ops.blame[op], 0));
    const share = percentText(ratio(sums[last], runs[last].summary.time));
    this.found.textContent =
      `${this.hit + 1} of ${hits.length} · ${sums.map(timeText).join(' → ')}, ${share}`;
    this.showOp(last, hits[this.hit]);
  }
}
