// What both charts need: choices above, and a canvas with a tip that follows the pointer.

import { element } from '../common/dom.mjs';

/** A labelled choice among [value, text]. */
export function selectBox(label, options, current, onchoose) {
  const box = element(
    'select',
    { onchange: (event) => onchoose(event.target.value) },
    options.map(([value, text]) =>
      element('option', { value, selected: String(value) === String(current) }, text),
    ),
  );
  return element('label', {}, label, box);
}

/** A chart in `body`: `draw` draws it anew, `near` tells of a place what the tip says, or null. */
export class SweepChart {
  constructor(body, label, draw, near) {
    this.canvas = element('canvas', { role: 'img', 'aria-label': label });
    this.tip = element('div', { class: 'tip', hidden: true });
    body.append(element('div', { class: 'frame' }, this.canvas, this.tip));
    this.canvas.addEventListener('pointermove', (event) => {
      const text = near(event.offsetX, event.offsetY);
      this.tip.hidden = text === null;
      if (text === null) return;
      this.tip.textContent = text;
      const room = this.canvas.parentElement.clientWidth - this.tip.offsetWidth;
      const left = Math.max(0, Math.min(event.offsetX + 14, room));
      this.tip.style.left = `${left}px`;
      this.tip.style.top = `${event.offsetY + 16}px`;
    });
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hidden = true;
    });
    new ResizeObserver(() => draw()).observe(this.canvas.parentElement);
  }
}

/** Choices of a metric and of axes. */
export function metricBox(sweep, current, onchoose) {
  return selectBox(
    'Figure',
    sweep.metrics.map(({ name, title }) => [name, title]),
    current,
    onchoose,
  );
}
