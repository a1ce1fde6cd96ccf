// The story of a comparison: a staircase from before to after, one step for each family of switches
// that changes the time, its members on a click; beside both ends what boards took and what bounds
// the run.

import { element, button } from '../common/dom.mjs';
import { changeText, differenceText, percentText, ratio, timeText } from '../common/format.mjs';
import { shape } from '../common/waterfall.mjs';

/**
 * Steps of the staircase: {title, time, before, members}; the first is where it begins. Members are
 * [switch of the study, its time before]. Families that change nothing are left out.
 */
export function storyOf(switches, families) {
  const steps = [];
  let at = 0;
  for (const { title, switches: count } of families) {
    const members = switches.slice(at, at + count);
    const before = at === 0 ? members[0].time : switches[at - 1].time;
    const time = members.at(-1).time;
    if (at === 0 || time !== before) {
      steps.push({
        title,
        time,
        before,
        members: members.map((step, i) => [step, at + i === 0 ? step.time : switches[at + i - 1].time]),
      });
    }
    at += count;
  }
  return steps;
}

// What is left of the time as a bar, and what a step took from it or added, in units of 1000.
function stair({ time, before }, scale, budget) {
  const x = (ns) => (1000 * ns) / scale;
  const [low, high] = [Math.min(time, before), Math.max(time, before)];
  const parts = [shape('rect', { x: 0, y: 3, width: x(low), height: 14, class: 'left' })];
  if (high > low) {
    const tone = time < before ? 'saved' : 'lost';
    parts.push(shape('rect', { x: x(low), y: 3, width: x(high) - x(low), height: 14, class: tone }));
  }
  if (budget !== null) {
    parts.push(shape('rect', { x: x(budget), y: 0, width: 3, height: 20, class: 'budget' }));
  }
  return shape(
    'svg',
    { viewBox: '0 0 1000 20', preserveAspectRatio: 'none', class: 'stair', 'aria-hidden': 'true' },
    ...parts,
  );
}

// What boards took and what bounds a run, beside an end of the staircase.
function endText({ summary, verdict }) {
  const interval = summary.interval
    ? `boards ${timeText(summary.interval[0])} to ${timeText(summary.interval[1])} · `
    : '';
  return `${interval}${verdict.bound} ${percentText(ratio(verdict.time, summary.time))}`;
}

function memberRow(state, timeline, [step, before]) {
  const run = state.runs.length - 1;
  const made = state.runs[run].ops.madeBy.indexOf(step.switch);
  return element(
    'li',
    {},
    element('code', {}, step.switch),
    element(
      'span',
      { class: step.time < before ? 'better' : step.time > before ? 'worse' : 'dim' },
      step.time === before ? 'nothing by itself' : differenceText(step.time - before),
    ),
    element('span', { class: 'dim' }, step.did),
    made < 0
      ? null
      : button(
          `Show ${state.runs[run].ops.name[made]}`,
          () => {
            timeline.showOp(run, made);
            document.getElementById('timeline').scrollIntoView();
          },
          { class: 'link' },
        ),
  );
}

function stepRow(state, timeline, step, scale) {
  const list = element(
    'ul',
    { class: 'members', hidden: true },
    step.members.map((member) => memberRow(state, timeline, member)),
  );
  const toggle = button(
    `+ ${step.title}`,
    () => {
      list.hidden = !list.hidden;
      toggle.setAttribute('aria-expanded', String(!list.hidden));
    },
    { class: 'step', 'aria-expanded': 'false' },
  );
  const tone = step.time < step.before ? 'better' : 'worse';
  return [
    element(
      'div',
      { class: 'story-row' },
      toggle,
      stair(step, scale, state.data.budget),
      element('b', {}, timeText(step.time)),
      element('span', { class: tone }, changeText(step.before, step.time)),
    ),
    list,
  ];
}

function endRow(state, run, title, scale) {
  const { time } = run.summary;
  return element(
    'div',
    { class: 'story-row end' },
    element('span', {}, title),
    stair({ time, before: time }, scale, state.data.budget),
    element('b', {}, timeText(time)),
    element('span', { class: 'dim', title: `80 % of comparable networks took this on boards; bound by ${run.verdict.bound}` }, endText(run)),
  );
}

function budgetLine({ data, runs }) {
  if (data.budget === null) return null;
  const { time } = runs.at(-1).summary;
  const isWithin = time <= data.budget;
  return element(
    'p',
    { class: isWithin ? 'better' : 'worse' },
    `${isWithin ? 'Within' : 'Over'} the budget of ${timeText(data.budget)} by ` +
      `${timeText(Math.abs(data.budget - time))} (the upright line).`,
  );
}

// The staircase; null for one run by itself.
function storyPart(state, timeline) {
  const { runs, data } = state;
  if (runs.length < 2) return budgetLine(state);
  const steps = storyOf(data.switches, data.families);
  const [first, last] = [runs[0], runs.at(-1)];
  const times = [first.summary.time, last.summary.time, ...steps.map(({ time }) => time)];
  const scale = Math.max(1, data.budget ?? 0, ...times) * 1.01;
  const nameOf = (run) => (run.label === 'pinned' ? 'pinned' : run.identity.preset || run.label);
  return element(
    'div',
    { class: 'story', role: 'group', 'aria-label': 'From before to after' },
    endRow(state, first, nameOf(first), scale),
    steps.slice(1).map((step) => stepRow(state, timeline, step, scale)),
    endRow(state, last, nameOf(last), scale),
    budgetLine(state),
  );
}

/** Puts the story between the verdict and the tiles. */
export function showStory(state, timeline) {
  const part = storyPart(state, timeline);
  if (part !== null) document.querySelector('#verdict .tiles').before(part);
}
