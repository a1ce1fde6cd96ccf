// Global memory over time: bytes alive by role (weights, inputs and outputs, activations), and what
// crosses the bus, reads upwards in green and writes downwards in red. The simulator gives DDR no
// addresses, so that this shows amounts and a list of the largest tensors.

import { inkOn } from '../common/colours.mjs';
import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { bytesText, percentText, siText, timeText } from '../common/format.mjs';
import { MapFrame } from './map_frame.mjs';
import { kAxis } from '../common/timeline_draw.mjs';

const kDdrHeight = 250;
const kBus = 90; // of the height
const kWeights = 18;
export const kRoleColours = {
  weight: '#aa3377',
  input: '#66ccee',
  output: '#ccbb44',
  activation: '#4477aa',
};

/** Bytes alive per role at the boundaries of time: {time, bytes: [per role]}. */
export function aliveOver(ddr) {
  const changes = [];
  for (let i = 0; i < ddr.from.length; ++i) {
    changes.push([ddr.from[i], ddr.role[i], ddr.bytes[i]]);
    changes.push([ddr.until[i], ddr.role[i], -ddr.bytes[i]]);
  }
  changes.sort((a, b) => a[0] - b[0] || a[2] - b[2]);
  const time = [];
  const bytes = ddr.roles.map(() => []);
  const sum = ddr.roles.map(() => 0);
  for (const [at, role, change] of changes) {
    sum[role] += change;
    if (time.at(-1) !== at) {
      time.push(at);
      bytes.forEach((column) => column.push(0));
    }
    bytes.forEach((column, i) => {
      column[column.length - 1] = sum[i];
    });
  }
  return { time, bytes };
}

/** Bytes read and written per pixel, at the rate of the transfer that moves them. */
export function busBins({ spans }, from, to, width) {
  const read = new Float64Array(width);
  const write = new Float64Array(width);
  const scale = width / (to - from);
  const { forms } = spans;
  for (let i = 0; i < spans.count; ++i) {
    if (spans.engine[i] !== 1 || spans.end[i] <= from || spans.start[i] >= to) continue;
    const form = spans.form[i];
    const length = spans.end[i] - spans.start[i];
    const x0 = (spans.start[i] - from) * scale;
    const x1 = (spans.end[i] - from) * scale;
    for (let x = Math.max(0, Math.floor(x0)); x <= Math.min(width - 1, x1); ++x) {
      const part = (Math.min(x1, x + 1) - Math.max(x0, x)) / scale / Math.max(length, 1e-9);
      if (part <= 0) continue;
      read[x] += part * forms.read[form];
      write[x] += part * forms.write[form];
    }
  }
  return { read, write };
}

export class DdrMap {
  constructor(state) {
    this.state = state;
    this.alive = state.runs.map((run) => aliveOver(run.ddr));
    this.frame = new MapFrame(
      state,
      kDdrHeight,
      'Global memory: bytes alive and bus traffic over time. Its figures are in the table below.',
      (canvas) => this.draw(canvas),
    );
    this.note = element('p', { class: 'dim' });
    this.table = element('div', {});
    const keys = Object.entries(kRoleColours).map(([role, colour]) => {
      const dot = element('span', { class: 'dot' });
      dot.style.background = colour;
      return element('li', {}, dot, role);
    });
    bodyOf('ddr').append(
      this.note,
      this.frame.box,
      element(
        'ul',
        { class: 'legend' },
        keys,
        element('li', { class: 'key read' }, 'bus reads'),
        element('li', { class: 'key write' }, 'bus writes'),
      ),
      element('details', {}, element('summary', {}, 'The largest tensors in DDR'), this.table),
    );
    state.subscribe((what) => {
      if (what === 'run') this.showRun();
    });
    this.showRun();
    this.frame.request();
  }

  /** Largest sum; without the weights if they shall not count. */
  mostAlive({ time, bytes }, isWithoutWeights = false) {
    const weights = isWithoutWeights ? this.state.runs[0].ddr.roles.indexOf('weight') : -1;
    let peak = { time: 0, bytes: 0 };
    for (let i = 0; i < time.length; ++i) {
      const sum = bytes.reduce(
        (total, column, role) => (role === weights ? total : total + column[i]),
        0,
      );
      if (sum > peak.bytes) peak = { time: time[i], bytes: sum };
    }
    return peak;
  }

  showRun() {
    const run = this.state.runs[this.state.shownRun];
    const peak = this.mostAlive(this.alive[this.state.shownRun]);
    const { summary } = run;
    const label = this.state.runs.length > 1 ? `${run.label}: ` : '';
    this.note.textContent =
      `${label}${bytesText(peak.bytes)} of tensors are alive at the peak ` +
      `(${timeText(peak.time)}); ${bytesText(summary.ddr_read_bytes)} are read and ` +
      `${bytesText(summary.ddr_write_bytes)} written, ${percentText(summary.bandwidth_utilisation)} ` +
      `of what ${siText(summary.peak_ddr_bytes_per_second)}B/s allow.`;
    const { ddr } = run;
    const order = ddr.name.map((_, i) => i).sort((a, b) => ddr.bytes[b] - ddr.bytes[a] || a - b);
    this.table.replaceChildren(
      plainTable(
        'Tensors in DDR',
        [
          { title: 'tensor' },
          { title: 'role' },
          { title: 'bytes', numeric: true },
          { title: 'alive', numeric: true },
        ],
        order
          .slice(0, 50)
          .map((i) => [
            ddr.name[i],
            ddr.roles[ddr.role[i]],
            bytesText(ddr.bytes[i]),
            `${timeText(ddr.from[i])} – ${timeText(ddr.until[i])}`,
          ]),
      ),
    );
  }

  draw({ context, gutter, inner, theme, view }) {
    const bottom = kDdrHeight - kBus - 12;
    // One scale for both runs, so that their heights compare.
    const most = Math.max(1, ...this.alive.map((alive) => this.mostAlive(alive, true).bytes));
    this.drawAlive(context, view, gutter, inner, bottom, most);
    this.drawBus(context, view, gutter, inner, theme);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillStyle = theme.dim;
    const room = gutter > 0 ? 0 : 4;
    if (gutter > 0) context.fillText('weights', 0, kAxis + kWeights / 2);
    context.fillText(bytesText(most), room, kAxis + kWeights + 12);
    if (gutter > 0) context.fillText('other tensors', 0, bottom - 8);
    context.fillText('reads', room, kDdrHeight - kBus + 8);
    context.fillText('writes', room, kDdrHeight - 10);
    context.fillStyle = theme.line;
    context.fillRect(gutter, bottom, inner, 1);
    context.fillRect(gutter, kDdrHeight - kBus / 2, inner, 1);
  }

  // Weights are alive all the time and large: a band says so, and leaves its scale to the others.
  drawAlive(context, view, gutter, inner, bottom, most) {
    const run = this.state.runs[this.state.shownRun];
    const { time, bytes } = this.alive[this.state.shownRun];
    const { roles } = run.ddr;
    const scale = inner / (view.to - view.from);
    const across = (at) => gutter + Math.max(0, Math.min(inner, (at - view.from) * scale));
    const tall = bottom - kAxis - kWeights - 6;
    const base = new Float64Array(time.length);
    roles.forEach((role, at) => {
      context.fillStyle = kRoleColours[role];
      if (role === 'weight') {
        const weights = Math.max(0, ...bytes[at]);
        if (weights === 0) return;
        context.fillRect(across(0), kAxis, across(run.spans.makespan) - across(0), kWeights);
        context.fillStyle = inkOn(kRoleColours[role]);
        context.font = '11px system-ui, sans-serif';
        context.textAlign = 'left';
        context.textBaseline = 'middle';
        context.fillText(
          `${bytesText(weights)}, all the time`,
          across(0) + 6,
          kAxis + kWeights / 2 + 0.5,
        );
        return;
      }
      context.beginPath();
      for (let i = 0; i + 1 < time.length; ++i) {
        const low = bottom - (base[i] / most) * tall;
        base[i] += bytes[at][i];
        if (time[i + 1] <= view.from || time[i] >= view.to || bytes[at][i] === 0) continue;
        const high = bottom - (base[i] / most) * tall;
        context.rect(across(time[i]), high, across(time[i + 1]) - across(time[i]), low - high);
      }
      context.fill();
    });
  }

  drawBus(context, view, gutter, inner, theme) {
    const run = this.state.runs[this.state.shownRun];
    const { read, write } = busBins(run, view.from, view.to, inner);
    const limit = (run.summary.peak_ddr_bytes_per_second * 1e-9 * (view.to - view.from)) / inner;
    const middle = kDdrHeight - kBus / 2;
    const half = kBus / 2 - 2;
    for (let x = 0; x < inner; ++x) {
      const up = Math.min(1, read[x] / limit) * half;
      const down = Math.min(1, write[x] / limit) * half;
      context.fillStyle = theme.read;
      if (up > 0) context.fillRect(gutter + x, middle - up, 1, up);
      context.fillStyle = theme.write;
      if (down > 0) context.fillRect(gutter + x, middle + 1, 1, down);
    }
  }
}
