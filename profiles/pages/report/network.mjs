// The network as a picture: before beside after, layer groups as boxes, time as colour, what a pass
// rewrote marked. A click selects the operator everywhere.

import { bodyOf, button, choice, element } from '../common/dom.mjs';
import { timeText } from '../common/format.mjs';
import { timeRamp } from './network_draw.mjs';
import { NetworkView } from './network_view.mjs';

const kHeightOfNetwork = 460;

function rampLegend(most) {
  const ramp = timeRamp(getComputedStyle(document.documentElement).colorScheme === 'dark');
  const shares = [0, 0.02, 0.1, 0.3, 0.6, 1];
  return shares.map((share) => {
    const dot = element('span', { class: 'dot' });
    dot.style.background = ramp(share);
    return element('li', {}, dot, timeText(share * most));
  });
}

/** Fills the section. */
export function showNetwork(state, timeline) {
  const most = Math.max(1, ...state.runs.flatMap((run) => [...run.ops.blame]));
  const shared = { mode: 'time', most, height: kHeightOfNetwork };
  const views = state.runs.map((_, run) => new NetworkView(state, timeline, run, shared));
  const legend = element('ul', { class: 'legend' });
  const showLegend = () =>
    legend.replaceChildren(
      ...(shared.mode === 'time' ? rampLegend(most) : []),
      element(
        'li',
        { class: 'note' },
        (shared.mode === 'type' ? 'Colours as on the timeline. ' : '') +
          'Boxes: layer groups of several operators. Blue corner: made by a pass. ' +
          (state.runs.length > 1 ? 'Dashed: the other run has no such operator. ' : '') +
          'Without colour: no command of its own. Read like text, line by line.',
      ),
    );
  bodyOf('network').append(
    element(
      'div',
      { class: 'tools' },
      choice(
        'Colours of the network',
        [
          ['time', 'by time'],
          ['type', 'by operator'],
        ],
        shared.mode,
        (mode) => {
          shared.mode = mode;
          showLegend();
          views.forEach((view) => view.request());
        },
      ),
      button('−', () => views.forEach((view) => view.zoom(1 / 1.5)), { 'aria-label': 'Smaller' }),
      button('+', () => views.forEach((view) => view.zoom(1.5)), { 'aria-label': 'Larger' }),
      button('Selection', () => views.forEach((view) => view.fit(view.shown)), {
        title: 'Read the selected operator and what is around it (F)',
      }),
      button('All', () => views.forEach((view) => view.fitAll()), { title: 'The whole network (0)' }),
      element('span', { class: 'dim' }, 'drag moves; the wheel enlarges with Ctrl or after a click'),
    ),
    element('div', { class: 'networks' }, views.map((view) => view.node)),
    legend,
  );
  views.forEach((view) => view.start());
  showLegend();
  state.subscribe((what) => {
    if (what === 'selection') views.forEach((view) => view.follow());
    if (what === 'theme') {
      showLegend();
      views.forEach((view) => view.request());
    }
  });
}
