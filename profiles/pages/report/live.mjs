// What if: a panel whose changes an engine simulates while the reader looks, drawn beside a run that
// is pinned. At most one question is under way; when its answer is drawn, the newest one follows.

import { commandText } from '../common/header.mjs';
import { announce, bodyOf, button, element } from '../common/dom.mjs';
import { changeText, timeText } from '../common/format.mjs';
import { stepsBar } from '../common/waterfall.mjs';
import { EngineError } from './engine.mjs';
import { controlOf } from './live_controls.mjs';
import { readFrame, readRun } from './model.mjs';
import { showPage } from './page_parts.mjs';

const kPresets = ['none', 'baseline', 'optimized'];

// What concerns the machine, and not the runs that a page was written with.
function frameOf({ tool, steps, presets, budget_ps }) {
  return readFrame({ tool, steps, presets, budget_ps });
}

class Live {
  /** `report`: what the page was written with, as readData gives it; null where the engine is asked
      for everything. */
  constructor(data, engine, report) {
    this.frame = frameOf(data);
    this.engine = engine;
    this.report = report;
    this.settings = {}; // of the panel: only what differs from the start
    this.now = null; // {run, settings, command}
    this.pinned = null;
    this.state = null;
    this.isBusy = false;
    this.isWaiting = false;
    this.controls = new Map();
    this.build();
    if (report !== null) this.begin(data.live);
  }

  /** Shows the page as it was written. */
  begin({ controls, command }) {
    const run = this.report.runs.at(-1);
    this.reportLabel = run.label;
    this.first = { run, settings: {}, command };
    this.pinned = this.first;
    this.buildControls(controls);
    this.takeRun(this.first, controls);
    document.body.dataset.live = 'done';
  }

  build() {
    const section = document.getElementById('whatif');
    section.hidden = false;
    // Questions come before answers.
    document.getElementById('verdict').before(section);
    this.status = element('span', { class: 'found', role: 'status' });
    this.error = element('p', { class: 'worse', role: 'alert', hidden: true });
    this.answer = element('div', { class: 'answer' });
    this.panel = element('div', { class: 'panel' });
    this.picker = element('input', {
      type: 'file',
      accept: '.onnx,.json,.txt,.tpu,.gz',
      class: 'unseen',
      'aria-label': 'Open a model',
      onchange: () => this.open(this.picker.files[0]),
    });
    this.buttons = {
      pin: button('Pin this', () => this.pin(), { title: 'Compare with this run from now on' }),
      swap: button('Swap', () => this.swap(), { title: 'The pinned run and this one change places' }),
      reset: button('Reset', () => this.change({}), { title: 'All settings as they were' }),
      copy: button('Copy the command', () => this.copy(), {
        title: 'The command that simulates what you see',
      }),
    };
    bodyOf('whatif').append(
      element('div', { class: 'sticky' }, this.answer, this.error),
      element(
        'div',
        { class: 'tools' },
        Object.values(this.buttons),
        this.engine.open === undefined
          ? null
          : [button('Open a model…', () => this.picker.click(), { title: 'Or drop a file on the page' }), this.picker],
        this.status,
      ),
      this.panel,
    );
    if (this.engine.open === undefined) return;
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      this.open(event.dataTransfer?.files[0]);
    });
  }

  /** Takes settings in place of those before and has them simulated. */
  change(settings) {
    this.settings = settings;
    this.asked ??= performance.now();
    this.showControls();
    this.ask();
  }

  /** The settings that a control stands for: itself, or its parts by one factor. */
  partsOf(key, value) {
    const parts = this.parts.get(key);
    if (parts === undefined) return [[key, value]];
    const factor = Number(value) / Number(this.base.get(key));
    return Object.entries(parts).map(([part, base]) => [
      part,
      factor === 1 ? base : String(Number((Number(base) * factor).toPrecision(4))),
    ]);
  }

  set(key, value) {
    const settings = { ...this.settings };
    for (const [part, of] of this.partsOf(key, value)) {
      if (this.base.get(part) === of) delete settings[part];
      else settings[part] = of;
    }
    // A preset says of every switch whether it is on.
    if (key === 'passes') for (const each of this.controls.keys()) if (this.isSwitch(each)) delete settings[each];
    this.change(settings);
  }

  isSwitch(key) {
    return this.kinds.get(key) === 'switch';
  }

  async ask() {
    if (this.isBusy) {
      this.isWaiting = true;
      return;
    }
    this.isBusy = true;
    document.body.dataset.live = 'busy';
    do {
      this.isWaiting = false;
      await this.askOnce();
    } while (this.isWaiting);
    this.isBusy = false;
    document.body.dataset.live = 'done';
  }

  async askOnce() {
    const settings = { ...this.settings };
    const begin = this.asked ?? performance.now();
    this.asked = undefined;
    this.status.textContent = '';
    try {
      if (this.first !== undefined && Object.keys(settings).length === 0) {
        this.takeRun(this.first, this.firstControls);
        this.error.hidden = true;
        return;
      }
      const answer = await this.engine.simulate(settings, (at) => this.showProgress(at));
      if (answer === null) return;
      const simulated = performance.now() - begin;
      this.take(answer, settings);
      this.error.hidden = true;
      const drawn = performance.now() - begin;
      document.body.dataset.answered = String(Math.round(drawn));
      this.status.textContent = `simulated in ${Math.round(simulated)} ms, drawn after ${Math.round(drawn)} ms`;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.error.textContent = error.message;
      this.error.hidden = false;
      this.status.textContent = 'the last run stays';
    }
  }

  showProgress({ what, done, total }) {
    if (!this.isBusy || what === '') return;
    this.status.textContent = total > 0 ? `${what}: ${done} of ${total}` : `${what} …`;
  }

  take({ run, controls, command }, settings) {
    const now = { run: readRun(run, 'now'), settings, command };
    // For tests: the time to the picosecond.
    document.body.dataset.picoseconds = String(run.summary.time_ps);
    this.pinned ??= now;
    if (this.base === undefined) this.buildControls(controls);
    this.takeRun(now, controls);
  }

  takeRun(now, controls) {
    this.now = now;
    this.current = new Map(controls.map((control) => [control.key, control.value]));
    this.takeMachine(controls);
    this.show();
  }

  /** A chip's own numbers, shown where none of them is set, are those that settings are compared with. */
  takeMachine(controls) {
    const isOfMachine = (key) => key === 'cores' || key.startsWith('chip.');
    if (Object.keys(this.now.settings).some(isOfMachine)) return;
    for (const { key, value, parts } of controls) {
      if (isOfMachine(key) || parts !== undefined) this.base.set(key, value);
      if (parts !== undefined) this.parts.set(key, parts);
    }
  }

  buildControls(controls) {
    this.firstControls = controls;
    this.base = new Map(controls.map((control) => [control.key, control.value]));
    this.kinds = new Map(controls.map((control) => [control.key, control.kind]));
    this.parts = new Map(
      controls.filter((control) => control.parts).map((control) => [control.key, control.parts]),
    );
    const sections = new Map();
    for (const control of controls) {
      const entry = controlOf(
        control,
        (value) => this.set(control.key, value),
        () => this.set(control.key, this.base.get(control.key)),
      );
      this.controls.set(control.key, entry);
      if (!sections.has(control.section)) sections.set(control.section, []);
      sections.get(control.section).push(entry.node);
    }
    const presets = element(
      'div',
      { class: 'tools' },
      kPresets.map((preset) => button(preset, () => this.set('passes', preset))),
    );
    this.panel.replaceChildren(
      ...[...sections].map(([title, nodes]) =>
        element(
          'fieldset',
          { class: title === 'Switches' ? 'of-switches' : null },
          element('legend', {}, title),
          title === 'Switches' ? presets : null,
          nodes,
        ),
      ),
    );
  }

  /** Draws both runs. */
  show() {
    const { now, pinned, frame } = this;
    if (now === this.first && pinned === now) return this.showReport();
    const isAlone = pinned.run === now.run;
    now.run.label = isAlone ? 'run' : 'now';
    if (!isAlone) pinned.run.label = 'pinned';
    this.showAnswer();
    this.showControls();
    const runs = isAlone ? [now.run] : [pinned.run, now.run];
    this.state = showPage({ ...frame, runs, command: commandText(now.command) }, this.state);
  }

  /** The page as it was written, with what the program studied besides. */
  showReport() {
    this.first.run.label = this.reportLabel;
    this.showAnswer();
    this.showControls();
    this.state = showPage(this.report, this.state);
  }

  showControls() {
    for (const [key, control] of this.controls) {
      // What stands for several settings shows the first of them.
      const parts = Object.keys(this.parts.get(key) ?? { [key]: 0 });
      const value = this.settings[parts[0]] ?? this.current?.get(key) ?? this.base.get(key);
      control.show(value, parts.every((part) => part in this.settings));
    }
    this.buttons.swap.disabled = this.pinned === this.now;
    this.buttons.pin.disabled = this.pinned === this.now;
    this.buttons.reset.disabled = Object.keys(this.settings).length === 0;
  }

  showAnswer() {
    const [a, b] = [this.pinned.run, this.now.run];
    const times = [a.summary.time, b.summary.time];
    const scale = Math.max(...times);
    const isBetter = times[1] < times[0];
    const tone = times[0] === times[1] ? 'dim' : isBetter ? 'better' : 'worse';
    const bars = a === b ? [[b, 'run']] : [[a, 'pinned'], [b, 'now']];
    this.answer.replaceChildren(
      element(
        'p',
        { class: 'whatif-line' },
        element('b', {}, timeText(times[1])),
        a === b ? ' as it is; change something below' : ` instead of ${timeText(times[0])} `,
        a === b ? null : element('b', { class: tone }, times[0] === times[1] ? 'as before' : changeText(...times)),
        ` · bound by ${b.verdict.bound}`,
      ),
      element('div', { class: 'bars' }, bars.map(([run, label]) => stepsBar(run, this.frame.steps, scale, label))),
    );
    announce(`${timeText(times[1])}, pinned ${timeText(times[0])}`);
  }

  pin() {
    this.pinned = this.now;
    this.show();
  }

  swap() {
    [this.pinned, this.now] = [this.now, this.pinned];
    this.settings = { ...this.now.settings };
    this.current = null;
    this.show();
    // Values of what is not set may depend on what is: of another chip, say.
    this.ask();
  }

  copy() {
    const text = commandText(this.now.command);
    navigator.clipboard?.writeText(text).then(
      () => announce('Copied.'),
      () => announce(text),
    );
    this.status.textContent = text;
  }

  async open(file) {
    if (!file) return;
    this.status.textContent = `reading ${file.name} …`;
    try {
      await this.engine.open(file);
      location.reload();
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
      this.status.textContent = '';
    }
  }
}

/** Starts a live page: the panel, and the first run, which is the last of `report` if there is one. */
export function startLive(data, engine, report = null) {
  const live = new Live(data, engine, report);
  if (report === null) live.change({});
}
