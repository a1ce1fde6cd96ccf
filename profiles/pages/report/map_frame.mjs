// The frame of a map over time: a canvas on the timeline's axis that redraws when the view, the run or
// the theme changes. Out of sight it costs nothing, and one that takes long waits until the view
// rests, so that the timeline moves freely.

import { themeColours } from '../common/colours.mjs';
import { element, prepareCanvas } from '../common/dom.mjs';
import { drawAxis, gutterOf } from '../common/timeline_draw.mjs';

const kSlow = 8; // milliseconds
const kRest = 80;

export class MapFrame {
  /** `draw` gets {context, width, height, gutter, inner, theme, view}; the axis is there already. */
  constructor(state, height, label, draw) {
    this.state = state;
    this.height = height;
    this.drawMap = draw;
    this.pending = 0;
    this.cost = 0; // of the last drawing, in milliseconds
    this.isSeen = true;
    this.canvas = element('canvas', { role: 'img', 'aria-label': label });
    this.box = element('div', { class: 'frame' }, this.canvas);
    state.subscribe((what) => {
      if (what !== 'show-operator') this.request();
    });
    new ResizeObserver(() => this.request()).observe(this.box);
    new IntersectionObserver(
      (entries) => {
        this.isSeen = entries.at(-1).isIntersecting;
        if (this.isSeen) this.request();
      },
      { rootMargin: '100px' },
    ).observe(this.canvas);
  }

  /** Draws soon. */
  request() {
    if (!this.isSeen) return;
    const isSlow = this.cost > kSlow;
    if (this.pending !== 0 && !isSlow) return;
    const draw = () => {
      this.pending = 0;
      const start = performance.now();
      this.draw();
      this.cost = performance.now() - start;
    };
    if (isSlow) {
      clearTimeout(this.pending);
      this.pending = setTimeout(draw, kRest);
    } else {
      this.pending = requestAnimationFrame(draw);
    }
  }

  draw() {
    const { context, width } = prepareCanvas(this.canvas, this.height);
    const theme = themeColours();
    const gutter = gutterOf(width);
    const inner = width - gutter;
    const view = this.state.viewOf(this.state.shownRun);
    drawAxis(context, view, inner, this.height, theme, gutter);
    this.drawMap({ context, width, height: this.height, gutter, inner, theme, view });
  }
}
