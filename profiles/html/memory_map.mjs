// Local memory as addresses over time: what lies where (pale), when it is read (green) and when it
// is written (red), with the lines between banks. Lane 0 stands for all lanes. On the timeline's
// axis of time, so that both move together.

import { upperBound } from './columns.mjs';
import { themeColours } from './colours.mjs';
import { bodyOf, choice, element, plainTable, prepareCanvas } from './dom.mjs';
import { bytesText, ratio, timeText } from './format.mjs';
import { gutterOf } from './timeline.mjs';
import { drawAxis, kAxis } from './timeline_draw.mjs';

const kMapHeight = 300;

/** Commands in order of their starts, and the longest of them, so that a view finds its commands. */
function accessIndex({ spans }) {
  const order = Array.from({ length: spans.count }, (_, i) => i)
    .sort((a, b) => spans.start[a] - spans.start[b] || a - b);
  let longest = 0;
  for (let i = 0; i < spans.count; ++i) longest = Math.max(longest, spans.end[i] - spans.start[i]);
  return { order, starts: Float64Array.from(order, (span) => spans.start[span]), longest };
}

function longestOf({ from, until }) {
  let longest = 0;
  for (let i = 0; i < from.length; ++i) longest = Math.max(longest, until[i] - from[i]);
  return longest;
}

/** Bytes per lane in use over time: {time, bytes}, in order. */
export function useOver(local) {
  const changes = [];
  for (let i = 0; i < local.from.length; ++i) {
    changes.push([local.from[i], local.bytes[i]], [local.until[i], -local.bytes[i]]);
  }
  // At one time what goes makes room before anything comes.
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const time = new Float64Array(changes.length);
  const bytes = new Float64Array(changes.length);
  let sum = 0;
  changes.forEach(([at, change], i) => {
    sum += change;
    time[i] = at;
    bytes[i] = sum;
  });
  return { time, bytes };
}

export class MemoryMap {
  constructor(state, timeline) {
    this.state = state;
    this.timeline = timeline;
    this.prepared = new Map();
    this.frame = 0;
    this.isSeen = true;
    this.canvas = element('canvas', { role: 'img', 'aria-label':
      'Local memory of a lane: addresses over time. Its figures are in the table below.' });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.peakTable = element('div', {});
    this.pickRun = choice('Run', state.runs.map((run, i) => [i, run.label]), state.shownRun,
                          (run) => state.setRun(run));
    bodyOf('local').append(
      element('div', { class: 'tools' }, state.runs.length > 1 ? this.pickRun : null,
        element('span', { class: 'key read' }, 'read'), element('span', { class: 'key write' }, 'written'),
        element('span', { class: 'key held' }, 'held')),
      element('div', { class: 'frame' }, this.canvas, this.tip),
      element('details', {}, element('summary', {}, 'What is in local memory at the peak'),
        this.peakTable));
    state.subscribe((what) => {
      if (what === 'run') this.showRun();
      if (what !== 'show-operator') this.request();
    });
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    this.canvas.addEventListener('click', (event) => {
      const at = this.lifetimeAt(event);
      const writer = at < 0 ? -1 : this.run().local.writer[at];
      if (writer >= 0) timeline.showSpan(this.state.shownRun, writer);
    });
    new ResizeObserver(() => this.request()).observe(this.canvas.parentElement);
    // A map out of sight costs nothing while the timeline moves.
    new IntersectionObserver((entries) => {
      this.isSeen = entries.at(-1).isIntersecting;
      if (this.isSeen) this.request();
    }, { rootMargin: '100px' }).observe(this.canvas);
    this.showRun();
    this.request();
  }

  run() { return this.state.runs[this.state.shownRun]; }

  preparedRun() {
    const run = this.run();
    if (!this.prepared.has(run)) {
      const { summary } = run;
      const used = run.local.bytes ?? [];
      let top = 0;
      for (let i = 0; i < used.length; ++i) top = Math.max(top, run.local.address[i] + used[i]);
      this.prepared.set(run, {
        ...accessIndex(run), longestLife: longestOf(run.local),
        size: Math.max(top, ratio(summary.local_memory_bytes, summary.lanes)),
      });
    }
    return this.prepared.get(run);
  }

  showRun() {
    for (const button of this.pickRun.children) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.value) === this.state.shownRun));
    }
    const run = this.run();
    if (run.local.from.length === 0) return;
    const { time, bytes } = useOver(run.local);
    let peak = 0;
    for (let i = 0; i < bytes.length; ++i) if (bytes[i] > bytes[peak]) peak = i;
    this.peakTime = time[peak];
    const rows = [];
    for (let i = 0; i < run.local.from.length; ++i) {
      if (run.local.from[i] > this.peakTime || run.local.until[i] <= this.peakTime) continue;
      const writer = run.local.writer[i];
      const op = writer < 0 ? -1 : run.spans.op[writer];
      rows.push({ bytes: run.local.bytes[i], cells: [
        op < 0 ? '–' : run.ops.name[op],
        run.spans.kinds[run.spans.forms.kind[run.spans.form[writer]]],
        `0x${run.local.address[i].toString(16)}`, bytesText(run.local.bytes[i]),
        `${timeText(run.local.from[i])} – ${timeText(run.local.until[i])}`] });
    }
    rows.sort((a, b) => b.bytes - a.bytes);
    this.peakTable.replaceChildren(
      element('p', {}, `At ${timeText(this.peakTime)}, ${bytesText(bytes[peak])} of every lane's ` +
        `${bytesText(ratio(run.summary.local_memory_bytes, run.summary.lanes))} are in use.`),
      plainTable('Local memory at its peak', [{ title: 'written for' }, { title: 'by' },
        { title: 'address', numeric: true }, { title: 'bytes per lane', numeric: true },
        { title: 'held', numeric: true }], rows.map((row) => row.cells)));
  }

  lifetimeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const gutter = gutterOf(box.width);
    const { from, to } = this.state.view;
    const time = from + (event.clientX - box.left - gutter) / (box.width - gutter) * (to - from);
    const { size, longestLife } = this.preparedRun();
    const address = (event.clientY - box.top - kAxis) / (kMapHeight - kAxis) * size;
    const { local } = this.run();
    for (let i = upperBound(local.from, time) - 1; i >= 0 && local.from[i] > time - longestLife; --i) {
      if (local.until[i] > time && address >= local.address[i] &&
          address < local.address[i] + local.bytes[i]) return i;
    }
    return -1;
  }

  hover(event) {
    const at = this.lifetimeAt(event);
    this.tip.hidden = at < 0;
    if (at < 0) return;
    const run = this.run();
    const { local, spans, ops } = run;
    const op = spans.op[local.writer[at]];
    this.tip.textContent = `${op >= 0 ? ops.name[op] : 'data'}: ${bytesText(local.bytes[at])} at ` +
      `0x${local.address[at].toString(16)}, ${timeText(local.from[at])} – ${timeText(local.until[at])}`;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    this.tip.style.left = `${Math.max(0, Math.min(box.width - this.tip.offsetWidth, x + 12))}px`;
    this.tip.style.top = `${event.clientY - box.top + 16}px`;
  }

  request() {
    if (this.frame !== 0 || !this.isSeen) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const { context, width, height } = prepareCanvas(this.canvas, kMapHeight);
    const theme = themeColours();
    const gutter = gutterOf(width);
    const inner = width - gutter;
    const { view } = this.state;
    const run = this.run();
    const prepared = this.preparedRun();
    drawAxis(context, view, inner, height, theme, gutter);
    context.save();
    context.translate(gutter, kAxis);
    context.beginPath();
    context.rect(0, 0, inner, height - kAxis);
    context.clip();
    const down = (height - kAxis) / prepared.size;
    const across = inner / (view.to - view.from);
    const box = (from, until, address, bytes) => {
      const x0 = Math.max(-1, (from - view.from) * across);
      const x1 = Math.min(inner + 1, (until - view.from) * across);
      context.fillRect(x0, address * down, Math.max(0.7, x1 - x0 - (x1 - x0 > 3 ? 0.5 : 0)),
                       Math.max(0.7, bytes * down - 0.5));
    };
    this.drawHeld(context, run, prepared, view, box, across, theme);
    this.drawAccesses(context, run, prepared, view, box, across, theme);
    context.restore();
    this.drawBanks(context, run, prepared, gutter, inner, height, theme);
    if (this.peakTime >= view.from && this.peakTime <= view.to) {
      const x = gutter + (this.peakTime - view.from) * across;
      context.fillStyle = theme.text;
      context.fillRect(x, kAxis - 5, 1, height - kAxis + 5);
      context.font = '600 11px system-ui, sans-serif';
      context.textAlign = x > width - 60 ? 'right' : 'left';
      context.fillText('peak', x + (x > width - 60 ? -4 : 4), kAxis + 8);
    }
  }

  drawHeld(context, { local, spans }, { longestLife }, view, box, across, theme) {
    const marks = this.state.marks[this.state.shownRun];
    const drawn = new Map();  // where a place was last drawn, so that slivers are drawn once
    for (const isMarked of [false, true]) {
      if (isMarked && marks === null) break;
      context.fillStyle = isMarked ? theme.accent : theme.dim;
      context.globalAlpha = isMarked ? 0.55 : 0.25;
      for (let i = upperBound(local.from, view.from - longestLife);
        i < local.from.length && local.from[i] < view.to; ++i) {
        if (local.until[i] < view.from) continue;
        const op = spans.op[local.writer[i]];
        if (isMarked && (op < 0 || marks[op] === 0)) continue;
        if ((local.until[i] - local.from[i]) * across < 1 && !isMarked) {
          const x = Math.floor((local.from[i] - view.from) * across);
          const place = local.address[i];
          if (drawn.get(place) === x) continue;
          drawn.set(place, x);
        }
        box(local.from[i], local.until[i], local.address[i], local.bytes[i]);
      }
    }
    context.globalAlpha = 1;
  }

  drawAccesses(context, { spans }, { order, starts, longest }, view, box, across, theme) {
    const { address, bytes } = spans.ranges;
    const first = upperBound(starts, view.from - longest);
    for (const [columns, colour] of [[spans.operands, theme.read], [[spans.result], theme.write]]) {
      context.fillStyle = colour;
      context.globalAlpha = 0.75;
      const lastX = new Int32Array(address?.length ?? 0).fill(-1000);
      for (let at = first; at < order.length && starts[at] < view.to; ++at) {
        const span = order[at];
        if (spans.end[span] < view.from) continue;
        const isSliver = (spans.end[span] - spans.start[span]) * across < 1;
        const x = Math.floor((spans.start[span] - view.from) * across);
        for (const column of columns) {
          const range = column[span];
          if (range < 0 || (isSliver && lastX[range] === x)) continue;
          lastX[range] = x;
          box(spans.start[span], spans.end[span], address[range], bytes[range]);
        }
      }
    }
    context.globalAlpha = 1;
  }

  drawBanks(context, { summary }, { size }, gutter, inner, height, theme) {
    const bank = ratio(ratio(summary.local_memory_bytes, summary.lanes), summary.banks);
    if (bank <= 0) return;
    const down = (height - kAxis) / size;
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    for (let i = 0; i <= summary.banks; ++i) {
      const y = Math.round(kAxis + i * bank * down) - (i === summary.banks ? 1 : 0);
      context.fillStyle = theme.line;
      context.globalAlpha = 0.8;
      context.fillRect(gutter, y, inner, 1);
      context.globalAlpha = 1;
      if (i < summary.banks && gutter > 0) {
        context.fillStyle = theme.dim;
        context.fillText(`bank ${i}`, 0, y + bank * down / 2);
      }
    }
  }
}
