// What all parts of the page share: the part of the timeline in view, what is selected, and which
// run the memory maps show. Parts subscribe and redraw when something they show has changed.

/**
 * `view` is [from, to) in nanoseconds, common to both runs, so that lengths compare. `selection` is
 * {run, op, span} or null; `range` a measured stretch {from, to} or null.
 */
export class State {
  constructor(data, links) {
    this.data = data;
    this.links = links;
    this.runs = data.runs;
    this.whole = Math.max(1, ...data.runs.map((run) => run.spans.makespan));
    this.view = { from: 0, to: this.whole };
    this.selection = null;
    this.range = null;
    this.colourMode = 'type';
    this.shownRun = data.runs.length - 1;
    this.marks = data.runs.map(() => null);
    this.hits = data.runs.map(() => null); // operators that a search found, as flags
    this.shifts = data.runs.map(() => 0); // of each run on the common axis
    this.listeners = [];
    this.lifetime = new AbortController(); // of what listens to the document
  }

  /** Ends what listens: another state takes the page. */
  end() {
    this.listeners = [];
    this.lifetime.abort();
  }

  /**
   * `listener(what)` is called with 'view', 'selection', 'range', 'run', 'theme', 'colours', 'hits',
   * 'shift' or 'path'.
   */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  changed(what) {
    for (const listener of this.listeners) listener(what);
  }

  /** From the begin of the first run to the end of the last one, on the common axis. */
  bounds() {
    return {
      from: Math.min(0, ...this.shifts),
      to: Math.max(this.whole, ...this.runs.map((run, i) => run.spans.makespan + this.shifts[i])),
    };
  }

  /** The view in a run's own time. */
  viewOf(run) {
    const shift = this.shifts[run];
    return { from: this.view.from - shift, to: this.view.to - shift };
  }

  /** Shows [from, to), moved and limited so that it stays on the timeline. */
  setView(from, to) {
    const bounds = this.bounds();
    const most = bounds.to - bounds.from;
    const length = Math.min(most, Math.max(Math.min(most, 20), to - from));
    // Growth beyond an end becomes a move.
    const middle = from + (to - from - length) / 2;
    const start = Math.min(Math.max(bounds.from, middle), bounds.to - length);
    this.view = { from: start, to: start + length };
    this.changed('view');
  }

  showAll() {
    const { from, to } = this.bounds();
    this.setView(from, to);
  }

  /** Puts every run where `starts` have one time; null: where they begin. */
  align(starts) {
    const latest = starts === null ? 0 : Math.max(...starts);
    this.shifts = this.runs.map((_, run) => (starts === null ? 0 : latest - starts[run]));
    this.setRange(0, 0);
    this.setView(this.view.from, this.view.to);
    this.changed('shift');
  }

  /** Marks what a search found: a list of operators for each run; null: nothing. */
  find(lists) {
    this.hits = this.runs.map((run, i) => {
      if (lists === null) return null;
      const flags = new Uint8Array(run.ops.count);
      for (const op of lists[i]) flags[op] = 1;
      return flags;
    });
    this.changed('hits');
  }

  pan(share) {
    const by = share * (this.view.to - this.view.from);
    this.setView(this.view.from + by, this.view.to + by);
  }

  /** Factors below 1 show more detail; `at` keeps its place. */
  zoom(factor, at = (this.view.from + this.view.to) / 2) {
    const { from, to } = this.view;
    const bounds = this.bounds();
    const most = bounds.to - bounds.from;
    const length = Math.min(most, Math.max(Math.min(most, 20), (to - from) * factor));
    const start = at - ((at - from) / (to - from)) * length;
    this.setView(start, start + length);
  }

  /** Moves the view so that [from, to) of a run is in it, with some room around it. */
  reveal(run, start, end) {
    const [from, to] = [start + this.shifts[run], end + this.shifts[run]];
    const length = this.view.to - this.view.from;
    const need = (to - from) * 1.2;
    if (from >= this.view.from && to <= this.view.to && need > length / 400) return;
    // Something tiny is brought near, something long into view.
    const room = Math.max(need, Math.min(length, (to - from) * 40));
    const middle = (from + to) / 2;
    this.setView(middle - room / 2, middle + room / 2);
  }

  /** Selects an operator, or one command of it. In the other run its family is marked. */
  select(run, op, span = -1) {
    this.selection = op < 0 && span < 0 ? null : { run, op, span };
    this.marks = this.runs.map(({ ops }, other) => {
      if (this.selection === null || op < 0) return null;
      const marks = new Uint8Array(ops.count);
      const family = this.links.members[this.links.family[run][op]];
      for (const member of other === run ? [op] : family[other]) marks[member] = 1;
      return marks;
    });
    if (this.selection !== null && this.shownRun !== run) {
      this.shownRun = run;
      this.changed('run');
    }
    this.changed('selection');
  }

  clear() {
    this.range = null;
    this.select(0, -1, -1);
    this.changed('range');
  }

  setRange(from, to) {
    this.range =
      from === to
        ? null
        : { from: Math.min(from, to), to: Math.max(from, to) };
    this.changed('range');
  }

  setRun(run) {
    this.shownRun = run;
    this.changed('run');
  }

  setColourMode(mode) {
    this.colourMode = mode;
    this.changed('colours');
  }
}

/** First start and last end of an operator's commands; null when it has none. */
export function extentOf(run, op) {
  let from = Infinity;
  let to = -Infinity;
  const { spans } = run;
  for (let i = 0; i < spans.count; ++i) {
    if (spans.op[i] !== op) continue;
    from = Math.min(from, spans.start[i]);
    to = Math.max(to, spans.end[i]);
  }
  return from < to ? { from, to } : null;
}
