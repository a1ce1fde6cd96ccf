// Local memory as addresses over time: what is where (pale), when it is read (green) and when it
// is written (red), with the lines between banks. Lane 0 stands for all lanes. On the timeline's
// axis of time, so that both move together.

import { upperBound } from '../common/columns.mjs';
import { bodyOf, choice, element, plainTable } from '../common/dom.mjs';
import { bytesText, ratio, timeText } from '../common/format.mjs';
import { accessIndex, heldAt, localOf, longestOf, numberPlaces, peakOf } from './local_use.mjs';
import { MapFrame } from './map_frame.mjs';
import { Raster, kHeld, kRead, kWritten, pixelOf } from './raster.mjs';
import { gutterOf, kAxis } from '../common/timeline_draw.mjs';

const kMapHeight = 300;

/** How many cores have commands. */
function coresOf(spans) {
  let last = 0;
  for (let i = 0; i < spans.count; ++i) last = Math.max(last, spans.core[i]);
  return last + 1;
}

/** Who works in the same bank at once; nothing of networks that were planned here. */
function banksText(summary) {
  if (summary.bank_computations === undefined) return '';
  return (
    `${summary.bank_sharing} of ${summary.bank_computations} computations share a bank with ` +
    `their result, ${summary.bank_meeting} with a transfer for ${timeText(summary.bank_met)}`
  );
}

export class MemoryMap {
  constructor(state, timeline) {
    this.state = state;
    this.timeline = timeline;
    this.prepared = new Map();
    this.frame = new MapFrame(
      state,
      kMapHeight,
      'Local memory of a lane: addresses over time. Its figures are in the table below.',
      (canvas) => this.draw(canvas),
    );
    this.canvas = this.frame.canvas;
    this.tip = element('div', { class: 'tip', hidden: true });
    this.peakTable = element('div', {});
    this.pickRun = choice(
      'Run',
      state.runs.map((run, i) => [i, run.label]),
      state.shownRun,
      (run) => state.setRun(run),
    );
    this.core = 0;
    this.cores = Math.max(...state.runs.map(({ spans }) => coresOf(spans)));
    this.pickCore = choice(
      'Core',
      Array.from({ length: this.cores }, (_, i) => [i, `core ${i}`]),
      this.core,
      (core) => {
        this.core = core;
        this.showRun();
        this.frame.request();
      },
    );
    this.frame.box.append(this.tip);
    bodyOf('local').append(
      element(
        'div',
        { class: 'tools' },
        state.runs.length > 1 ? this.pickRun : null,
        this.cores > 1 ? this.pickCore : null,
        element('span', { class: 'key read' }, 'read'),
        element('span', { class: 'key write' }, 'written'),
        element('span', { class: 'key held' }, 'held'),
        element('span', {}, banksText(state.runs.at(-1).summary)),
      ),
      this.frame.box,
      element(
        'details',
        {},
        element('summary', {}, 'What is in local memory at the peak'),
        this.peakTable,
      ),
    );
    state.subscribe((what) => {
      if (what === 'run') this.showRun();
    });
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hidden = true;
    });
    this.canvas.addEventListener('click', (event) => {
      const at = this.lifetimeAt(event);
      const writer = at < 0 ? -1 : this.preparedRun().local.writer[at];
      if (writer >= 0) timeline.showSpan(this.state.shownRun, writer);
    });
    this.showRun();
    this.frame.request();
  }

  run() {
    return this.state.runs[this.state.shownRun];
  }

  /** What is in the shown core's memory. The page's first paint waits for this, so for no more. */
  local() {
    const run = this.run();
    return this.cores > 1 ? localOf(run, this.core) : run.local;
  }

  preparedRun() {
    const run = this.run();
    const key = `${this.state.shownRun}/${this.core}`;
    if (!this.prepared.has(key)) {
      const { summary } = run;
      const local = this.local();
      let top = 0;
      for (let i = 0; i < local.from.length; ++i) {
        top = Math.max(top, local.address[i] + local.bytes[i]);
      }
      this.prepared.set(key, {
        local,
        ...accessIndex(run, this.core),
        ...numberPlaces(local),
        longestLife: longestOf(local),
        size: Math.max(top, ratio(summary.local_memory_bytes, summary.lanes)),
      });
    }
    return this.prepared.get(key);
  }

  showRun() {
    for (const button of this.pickRun.children) {
      button.setAttribute(
        'aria-pressed',
        String(Number(button.dataset.value) === this.state.shownRun),
      );
    }
    const run = this.run();
    const local = this.local();
    if (local.from.length === 0) return;
    const peak = peakOf(local);
    this.peakTime = peak.time;
    const perLane = ratio(run.summary.local_memory_bytes, run.summary.lanes);
    this.peakTable.replaceChildren(
      element(
        'p',
        {},
        `At ${timeText(peak.time)}, ${bytesText(peak.bytes)} of every lane's ` +
          `${bytesText(perLane)} are in use.`,
      ),
      plainTable(
        'Local memory at its peak',
        [
          { title: 'written for' },
          { title: 'by' },
          { title: 'address', numeric: true },
          { title: 'bytes per lane', numeric: true },
          { title: 'held', numeric: true },
        ],
        heldAt({ ...run, local }, peak.time),
      ),
    );
  }

  lifetimeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const gutter = gutterOf(box.width);
    const { from, to } = this.state.viewOf(this.state.shownRun);
    const time = from + ((event.clientX - box.left - gutter) / (box.width - gutter)) * (to - from);
    const { local, size, longestLife } = this.preparedRun();
    const address = ((event.clientY - box.top - kAxis) / (kMapHeight - kAxis)) * size;
    for (
      let i = upperBound(local.from, time) - 1;
      i >= 0 && local.from[i] > time - longestLife;
      --i
    ) {
      if (
        local.until[i] > time &&
        address >= local.address[i] &&
        address < local.address[i] + local.bytes[i]
      )
        return i;
    }
    return -1;
  }

  hover(event) {
    const at = this.lifetimeAt(event);
    this.tip.hidden = at < 0;
    if (at < 0) return;
    const { local } = this.preparedRun();
    const { spans, ops } = this.run();
    const op = spans.op[local.writer[at]];
    this.tip.textContent =
      `${op >= 0 ? ops.name[op] : 'data'}: ${bytesText(local.bytes[at])} at ` +
      `0x${local.address[at].toString(16)}, ${timeText(local.from[at])} – ${timeText(local.until[at])}`;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    this.tip.style.left = `${Math.max(0, Math.min(box.width - this.tip.offsetWidth, x + 12))}px`;
    this.tip.style.top = `${event.clientY - box.top + 16}px`;
  }

  draw({ context, width, height, gutter, inner, theme, view }) {
    const run = this.run();
    const prepared = this.preparedRun();
    const raster = new Raster(inner, height - kAxis, prepared.size, view);
    this.addHeld(raster, prepared, view);
    this.addAccesses(raster, run, prepared, view);
    this.layer ??= document.createElement('canvas');
    this.layer.width = raster.width;
    this.layer.height = raster.height;
    const layer = this.layer.getContext('2d');
    const image = layer.createImageData(raster.width, raster.height);
    raster.paint(image, {
      held: pixelOf(theme.dim, 0.3),
      read: pixelOf(theme.read, 0.85),
      write: pixelOf(theme.write, 0.85),
    });
    layer.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.layer, gutter, kAxis);
    this.drawMarked(context, run, prepared, view, gutter, inner, height, theme);
    this.drawBanks(context, run, prepared, gutter, inner, height, theme);
    if (this.peakTime >= view.from && this.peakTime <= view.to) {
      const x = gutter + (this.peakTime - view.from) * raster.across;
      context.fillStyle = theme.text;
      context.fillRect(x, kAxis - 5, 1, height - kAxis + 5);
      context.font = '600 11px system-ui, sans-serif';
      context.textAlign = x > width - 60 ? 'right' : 'left';
      context.fillText('peak', x + (x > width - 60 ? -4 : 4), kAxis + 8);
    }
  }

  /** Calls `visit` with every lifetime in view. */
  eachLifetime({ local, longestLife }, view, visit) {
    for (
      let i = upperBound(local.from, view.from - longestLife);
      i < local.from.length && local.from[i] < view.to;
      ++i
    ) {
      if (local.until[i] > view.from) visit(i);
    }
  }

  addHeld(raster, prepared, view) {
    const { local } = prepared;
    raster.begin(prepared.placeCount);
    this.eachLifetime(prepared, view, (i) =>
      raster.add(
        local.from[i],
        local.until[i],
        local.address[i],
        local.bytes[i],
        kHeld,
        prepared.places[i],
      ),
    );
  }

  addAccesses(raster, { spans }, { order, starts, longest }, view) {
    const { address, bytes } = spans.ranges;
    const first = upperBound(starts, view.from - longest);
    for (const [columns, bit] of [
      [spans.operands, kRead],
      [[spans.result], kWritten],
    ]) {
      raster.begin(address?.length ?? 0);
      for (let at = first; at < order.length && starts[at] < view.to; ++at) {
        const span = order[at];
        if (spans.end[span] < view.from) continue;
        for (const column of columns) {
          const range = column[span];
          if (range >= 0)
            raster.add(
              spans.start[span],
              spans.end[span],
              address[range],
              bytes[range],
              bit,
              range,
            );
        }
      }
    }
  }

  /** Outlines what the selected operator wrote. */
  drawMarked(context, run, prepared, view, gutter, inner, height, theme) {
    const marks = this.state.marks[this.state.shownRun];
    if (marks === null) return;
    const { local } = prepared;
    const { spans } = run;
    const across = inner / (view.to - view.from);
    const down = (height - kAxis) / prepared.size;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.beginPath();
    this.eachLifetime(prepared, view, (i) => {
      const op = spans.op[local.writer[i]];
      if (op < 0 || marks[op] === 0) return;
      const x0 = Math.max(0, (local.from[i] - view.from) * across);
      const x1 = Math.min(inner, (local.until[i] - view.from) * across);
      context.rect(
        gutter + x0,
        kAxis + local.address[i] * down,
        Math.max(1, x1 - x0),
        Math.max(1, local.bytes[i] * down),
      );
    });
    context.stroke();
  }

  drawBanks(context, { summary }, { size }, gutter, inner, height, theme) {
    const bank = ratio(ratio(summary.local_memory_bytes, summary.lanes), summary.local_memory_banks);
    if (bank <= 0) return;
    const down = (height - kAxis) / size;
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    for (let i = 0; i <= summary.local_memory_banks; ++i) {
      const y = Math.round(kAxis + i * bank * down) - (i === summary.local_memory_banks ? 1 : 0);
      context.fillStyle = theme.line;
      context.globalAlpha = 0.8;
      context.fillRect(gutter, y, inner, 1);
      context.globalAlpha = 1;
      if (i < summary.local_memory_banks && gutter > 0) {
        context.fillStyle = theme.dim;
        context.fillText(`bank ${i}`, 0, y + (bank * down) / 2);
      }
    }
  }
}
