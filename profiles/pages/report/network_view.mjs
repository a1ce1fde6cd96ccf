// One run's network on a canvas: moved, enlarged, pointed at. What both runs share is in network.mjs.

import { palette, themeColours, typeColours } from '../common/colours.mjs';
import { announce, element, prepareCanvas, oncePerFrame } from '../common/dom.mjs';
import { percentText, ratio, timeText } from '../common/format.mjs';
import { groupBoxes, kLargest, kNode, layOutNetwork } from './layers.mjs';
import { drawNetwork, timeRamp } from './network_draw.mjs';
import { kWork } from './rows.mjs';

const kMost = 3; // scale

export class NetworkView {
  constructor(state, timeline, run, shared) {
    Object.assign(this, { state, timeline, index: run, run: state.runs[run], shared });
    this.request = oncePerFrame(() => this.draw());
    this.chosen = -1; // node of the selection
    this.shown = -1; // it, or the first node of the same work
    this.canvas = element('canvas', {
      tabindex: '0',
      role: 'application',
      class: 'network-canvas',
      'aria-label':
        `Network${state.runs.length > 1 ? `, ${this.run.label}` : ''}. Arrow keys move, plus and ` +
        'minus enlarge, comma and full stop go to operands and users, Enter selects.',
    });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.node = element(
      'figure',
      { class: 'network' },
      element('figcaption', {}, this.titleText()),
      element('div', { class: 'frame' }, this.canvas, this.tip),
    );
    this.listen();
  }

  titleText() {
    const { run, state } = this;
    const label = state.runs.length > 1 ? `${run.label}: ` : '';
    return `${label}${run.ops.count} operators with commands, ${run.groups.count} groups, ${timeText(run.summary.time)}`;
  }

  /** Once it is on the page: lays out for the room that there is. */
  start() {
    const { graph } = this.run;
    const width = this.canvas.parentElement.clientWidth;
    this.layout = layOutNetwork(graph, width, this.shared.height);
    const { ops, groups } = this.run;
    this.nodeOf = new Int32Array(ops.count).fill(-1);
    for (let node = 0; node < graph.count; ++node) if (graph.op[node] >= 0) this.nodeOf[graph.op[node]] = node;
    const groupOf = (node) => {
      const group = graph.op[node] < 0 ? -1 : ops.group[graph.op[node]];
      return group >= 0 && groups.ops[group] > 1 ? group : -1;
    };
    this.boxes = groupBoxes(this.layout, graph.count, groupOf).map((box) => ({
      ...box,
      text: `group ${box.group} · ${groups.ops[box.group]} operators · ${timeText(groups.blame[box.group])}`,
    }));
    this.fitAll();
    new ResizeObserver(() => this.request()).observe(this.canvas.parentElement);
  }

  opAt(node) {
    return node < 0 ? -1 : this.run.graph.op[node];
  }

  textsOf(node) {
    const op = this.opAt(node);
    const { ops, graph } = this.run;
    if (op < 0) return [graph.typeOf(node), graph.nameOf(node)];
    return [ops.type[op], `${timeText(ops.blame[op])} · ${ops.name[op]}`];
  }

  /** How operators are coloured: by time or by type; null: not at all. */
  colouring() {
    const { ops } = this.run;
    if (this.shared.mode === 'type') {
      const numbers = typeColours(this.run, this.timeline.types);
      const { colours } = palette('type', this.timeline.types, kWork);
      return (node) => (this.opAt(node) < 0 ? null : colours[numbers[this.opAt(node)]]);
    }
    const ramp = timeRamp(getComputedStyle(document.documentElement).colorScheme === 'dark');
    return (node) => (this.opAt(node) < 0 ? null : ramp(ops.blame[this.opAt(node)] / this.shared.most));
  }

  picture() {
    const { state, index, run } = this;
    const marks = state.marks[index];
    const { family, members } = state.links;
    const others = (op) => members[family[index][op]].filter((_, other) => other !== index);
    return {
      graph: run.graph,
      layout: this.layout,
      boxes: this.boxes,
      chosen: this.chosen,
      colourOf: this.colouring(),
      textsOf: (node) => this.textsOf(node),
      marks: marks === null ? null : (node) => this.opAt(node) >= 0 && marks[this.opAt(node)] === 1,
      isRewritten: (node) => this.opAt(node) >= 0 && run.ops.madeBy[this.opAt(node)] !== '',
      isAlone: (node) =>
        this.opAt(node) >= 0 &&
        state.runs.length > 1 &&
        others(this.opAt(node)).every((list) => list.length === 0),
    };
  }

  draw() {
    const { context, width } = prepareCanvas(this.canvas, this.shared.height);
    const size = { width, height: this.shared.height };
    const drawn = drawNetwork(context, this.picture(), this.view, size, themeColours());
    this.canvas.dataset.drawn = String(drawn);
  }

  fitAll() {
    const width = this.canvas.parentElement.clientWidth;
    const { layout, shared } = this;
    const scale = Math.min(kLargest, width / (layout.width + 12), shared.height / (layout.height + 20));
    this.view = { scale, x: 0, y: 0 };
    this.limit();
    this.least = Math.min(scale, 1);
    this.request();
  }

  /** Brings a node into the middle, large enough to be read. */
  fit(node) {
    if (node < 0) return this.fitAll();
    const scale = Math.max(this.view.scale, 1);
    this.view = { scale, x: 0, y: 0 };
    this.centre(node);
  }

  centre(node) {
    const { scale } = this.view;
    const width = this.canvas.parentElement.clientWidth;
    this.view.x = this.layout.x[node] + kNode.width / 2 - width / scale / 2;
    this.view.y = this.layout.y[node] + kNode.height / 2 - this.shared.height / scale / 2;
    this.limit();
    this.request();
  }

  /** Keeps the picture in sight: no more than a margin of the canvas is empty on its account. */
  limit() {
    const { view, layout, shared } = this;
    const margin = 30;
    const within = (at, whole, room) =>
      whole <= room ? (whole - room) / 2 : Math.min(whole - room + margin, Math.max(-margin, at));
    view.x = within(view.x, layout.width, this.canvas.parentElement.clientWidth / view.scale);
    view.y = within(view.y, layout.height, shared.height / view.scale);
  }

  zoom(factor, px = this.canvas.clientWidth / 2, py = this.shared.height / 2) {
    const { x, y, scale } = this.view;
    const next = Math.min(kMost, Math.max(this.least * 0.7, scale * factor));
    this.view = { scale: next, x: x + px / scale - px / next, y: y + py / scale - py / next };
    this.limit();
    this.request();
  }

  move(dx, dy) {
    this.view.x += dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.limit();
    this.request();
  }

  nodeUnder(px, py) {
    const { x, y, scale } = this.view;
    const [at, down] = [px / scale + x, py / scale + y];
    const slack = 4 / scale;
    for (let node = 0; node < this.run.graph.count; ++node) {
      const [left, top] = [this.layout.x[node], this.layout.y[node]];
      if (at < left - slack || at > left + kNode.width + slack) continue;
      if (down >= top - slack && down <= top + kNode.height + slack) return node;
    }
    return -1;
  }

  /** Selects a node everywhere; one without commands only here. */
  choose(node) {
    this.chosen = node;
    const op = this.opAt(node);
    if (op >= 0) this.timeline.showOp(this.index, op);
    else this.state.clear();
    if (node >= 0) {
      // Clearing took it away.
      this.chosen = this.shown = node;
      announce(this.textsOf(node).join(', '));
    }
    this.request();
  }

  /** Follows what is selected elsewhere. */
  follow() {
    const { selection } = this.state;
    const isOwn = selection !== null && selection.run === this.index && selection.op >= 0;
    this.chosen = isOwn ? this.nodeOf[selection.op] : -1;
    const node = isOwn ? this.chosen : this.run.ops.name.findIndex((_, op) => this.state.marks[this.index]?.[op] === 1);
    const shown = isOwn ? node : node < 0 ? -1 : this.nodeOf[node];
    this.shown = shown;
    if (shown >= 0 && !this.isShown(shown)) this.centre(shown);
    this.request();
  }

  isShown(node) {
    const { x, y, scale } = this.view;
    const width = this.canvas.clientWidth / scale;
    const [left, top] = [this.layout.x[node] - x, this.layout.y[node] - y];
    return left >= 0 && top >= 0 && left + kNode.width <= width && top + kNode.height <= this.shared.height / scale;
  }

  /** To the first operand (-1) or user (1) of the chosen node; without one to the middle. */
  step(by) {
    if (this.chosen < 0) {
      return this.choose(this.nodeUnder(this.canvas.clientWidth / 2, this.shared.height / 2));
    }
    const near = by < 0 ? this.layout.into[this.chosen] : this.layout.out[this.chosen];
    if (near.length === 0) return;
    this.choose(near[0]);
    if (!this.isShown(near[0])) this.centre(near[0]);
  }

  hover(px, py) {
    const node = px < 0 ? -1 : this.nodeUnder(px, py);
    this.tip.hidden = node < 0;
    if (node < 0) return;
    const op = this.opAt(node);
    const { ops, summary } = this.run;
    this.tip.textContent =
      op < 0
        ? `${this.textsOf(node).join(' ')}: no command of its own`
        : `${ops.name[op]} (${ops.type[op]} → ${ops.shape[op]}): ${timeText(ops.blame[op])}, ` +
          `${percentText(ratio(ops.blame[op], summary.time))} of the run` +
          (ops.group[op] < 0 ? '' : `, group ${ops.group[op]}`) +
          (ops.madeBy[op] === '' ? '' : `, made by ${ops.madeBy[op]}`);
    const room = this.canvas.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = `${Math.max(0, Math.min(room, px + 12))}px`;
    this.tip.style.top = `${py + 16}px`;
  }

  listen() {
    this.listenToKeys();
    const { canvas } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let last = null;
    let isLong = false;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = place(event);
      isLong = false;
      this.tip.hidden = true;
    });
    canvas.addEventListener('pointermove', (event) => {
      const at = place(event);
      if (last === null) return this.hover(...at);
      isLong ||= Math.hypot(at[0] - last[0], at[1] - last[1]) > 4;
      if (!isLong) return;
      this.move(last[0] - at[0], last[1] - at[1]);
      last = at;
    });
    canvas.addEventListener('pointerup', (event) => {
      if (last !== null && !isLong) {
        canvas.focus({ preventScroll: true });
        this.choose(this.nodeUnder(...place(event)));
      }
      last = null;
    });
    canvas.addEventListener('pointercancel', () => (last = null));
    canvas.addEventListener('pointerleave', () => this.hover(-1, -1));
    canvas.addEventListener('dblclick', () => this.fit(this.shown));
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && document.activeElement !== canvas) return;
        event.preventDefault();
        this.hover(-1, -1);
        this.zoom(1.0016 ** -(event.deltaY * (event.deltaMode === 1 ? 16 : 1)), ...place(event));
      },
      { passive: false },
    );
  }

  listenToKeys() {
    const keys = {
      ArrowLeft: () => this.move(-60, 0),
      ArrowRight: () => this.move(60, 0),
      ArrowUp: () => this.move(0, -60),
      ArrowDown: () => this.move(0, 60),
      '+': () => this.zoom(1.4),
      '=': () => this.zoom(1.4),
      '-': () => this.zoom(1 / 1.4),
      0: () => this.fitAll(),
      f: () => this.fit(this.shown),
      ',': () => this.step(-1),
      '.': () => this.step(1),
      Enter: () => this.step(1),
      Escape: () => this.state.clear(),
    };
    this.canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = keys[event.key];
      if (act === undefined) return;
      act();
      event.preventDefault();
    });
  }
}
