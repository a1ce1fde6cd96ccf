// Why commands begin no earlier than they do: what each waited for, the longest gaps of the engine
// that computes, and the chain of commands that decides how long a run takes.

import { timeText } from '../common/format.mjs';

/** The command before it in its engine's queue; -1 for the first. */
export function commandBefore({ queues, core, engine, id }, span) {
  return id[span] < 2 ? -1 : queues.get(2 * core[span] + engine[span])[id[span] - 2];
}

/**
 * The time before a command in which its engine did nothing: `from`, `to`, and `cause`, the command
 * of the other engine whose end ended the wait; -1 where there was none.
 */
export function waitOf({ spans }, span) {
  const before = commandBefore(spans, span);
  const from = before < 0 ? 0 : spans.end[before];
  const cause = spans.waits[span];
  const isCause = cause >= 0 && spans.end[cause] > from;
  return { from, to: Math.max(from, spans.start[span]), cause: isCause ? cause : -1 };
}

/** "Load weight of /conv1 on GDMA". */
export function commandName({ spans, ops }, span) {
  const kind = spans.kinds[spans.forms.kind[spans.form[span]]];
  const op = spans.op[span] < 0 ? '' : ` of ${ops.name[spans.op[span]]}`;
  return `${kind}${op} on ${spans.engine[span] === 0 ? 'BDC' : 'GDMA'}`;
}

/** Why a command waited, in words; empty where it did not. */
export function reasonOf(run, span) {
  const { from, to, cause } = waitOf(run, span);
  if (to - from < 1) return '';
  if (cause >= 0) return `waited ${timeText(to - from)} for ${commandName(run, cause)}`;
  return from === 0
    ? `began ${timeText(to)} after the run, launch included`
    : `waited ${timeText(to - from)} to be issued, for other cores or the next layer`;
}

/**
 * What the commands of an operator waited for before they began, most time first: {on, time}, where
 * `on` is the operator whose command ended the wait.
 */
export function waitsOf(run, op) {
  const times = new Map();
  for (let span = 0; span < run.spans.count; ++span) {
    if (run.spans.op[span] !== op) continue;
    const { from, to, cause } = waitOf(run, span);
    if (to - from < 1) continue;
    const source = cause < 0 ? -1 : run.spans.op[cause];
    const on =
      cause < 0 ? 'issue, other cores or the next layer' : source < 0 ? 'no operator' : run.ops.name[source];
    times.set(on, (times.get(on) ?? 0) + to - from);
  }
  return [...times].map(([on, time]) => ({ on, time })).sort((a, b) => b.time - a.time);
}

/** The longest gaps between commands of BDC, most first: {span, from, to, reason}. */
export function longestGaps(run, most = 10) {
  const gaps = [];
  for (const [key, queue] of run.spans.queues) {
    if (key % 2 !== 0) continue;
    for (const span of queue) {
      const { from, to } = waitOf(run, span);
      if (to - from >= 1 && from > 0) gaps.push({ span, from, to });
    }
  }
  gaps.sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from);
  return gaps.slice(0, most).map((gap) => ({ ...gap, reason: reasonOf(run, gap.span) }));
}

/**
 * The commands that decide when `span` ends, in order of time: each is the later one of what its
 * engine did before and what it waited for. Without a command: those that decide the whole run.
 */
export function criticalPath({ spans }, span = -1) {
  let at = span;
  if (at < 0) for (let i = 0; i < spans.count; ++i) if (at < 0 || spans.end[i] > spans.end[at]) at = i;
  const path = [];
  while (at >= 0) {
    path.push(at);
    const before = commandBefore(spans, at);
    const cause = spans.waits[at];
    at = cause >= 0 && (before < 0 || spans.end[cause] > spans.end[before]) ? cause : before;
  }
  return path.reverse();
}

/** Time of a path by engine, and between its commands. */
export function pathTimes({ spans }, path) {
  const times = { bdc: 0, gdma: 0, between: 0 };
  let end = 0;
  for (const span of path) {
    times[spans.engine[span] === 0 ? 'bdc' : 'gdma'] += spans.end[span] - spans.start[span];
    times.between += Math.max(0, spans.start[span] - end);
    end = spans.end[span];
  }
  return times;
}

/** Commands that wait for this one. */
export function waitersOf({ spans }, span) {
  const found = [];
  for (let i = 0; i < spans.count; ++i) if (spans.waits[i] === span) found.push(i);
  return found;
}
