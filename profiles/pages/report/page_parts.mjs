// Puts the page together from its data, in the order of the page, and says when it is done. A live
// page does so again for each run.

import { applyAddress, followAddress } from './address.mjs';
import { DdrMap } from './ddr_map.mjs';
import { showDefinitions } from './definitions.mjs';
import { showDetails } from './details.mjs';
import { showFindings } from './findings.mjs';
import { explainWords } from '../common/glossary.mjs';
import { showHeader } from '../common/header.mjs';
import { linkRuns } from './links.mjs';
import { MemoryMap } from './memory_map.mjs';
import { showCapabilities } from './missing.mjs';
import { showNetwork } from './network.mjs';
import { showPlan } from './plan.mjs';
import { Roofline } from './roofline.mjs';
import { showSensitivities } from './sensitivities.mjs';
import { State } from './state.mjs';
import { showStory } from './story.mjs';
import { showVerdict } from './summary.mjs';
import { OperatorTable } from './table.mjs';
import { Timeline } from './timeline.mjs';
import { showWaterfall } from '../common/waterfall.mjs';

// Sections keep their heights while they are filled again, so that nothing jumps.
function emptySections() {
  const places = [
    document.getElementById('header'),
    document.getElementById('verdict'),
    ...document.querySelectorAll('main > section:not(#whatif) > .body'),
  ];
  for (const place of places) {
    place.style.minHeight = `${place.offsetHeight}px`;
    place.replaceChildren();
  }
  return () => {
    for (const place of places) place.style.minHeight = '';
  };
}

// What the reader looked at, of the state before: the stretch in view and the selected operator.
function resume(state, before) {
  const share = state.whole / before.whole;
  const isAll = before.view.to - before.view.from >= before.whole;
  if (!isAll) state.setView(before.view.from * share, before.view.to * share);
  state.colourMode = before.colourMode;
  const { selection } = before;
  if (selection === null || selection.op < 0) return;
  const name = before.runs[selection.run].ops.name[selection.op];
  const run = Math.min(selection.run, state.runs.length - 1);
  const op = state.runs[run].ops.name.indexOf(name);
  if (op >= 0) state.select(run, op);
}

/** Shows runs; `before` is the state that the page shows, null at first. Returns the new state. */
export function showPage(data, before = null) {
  before?.end();
  const release = before === null ? () => {} : emptySections();
  const state = new State(data, linkRuns(data.runs));
  document.getElementById('sensitivities').hidden = data.sensitivities === null;
  document.getElementById('capabilities').hidden = data.capabilities === null;
  showHeader(state);
  showVerdict(state);
  showWaterfall(state);
  const timeline = new Timeline(state);
  showStory(state, timeline);
  showFindings(state, timeline);
  showDetails(state, timeline);
  if (before !== null) resume(state, before);
  else timeline.searchFor(applyAddress(location.hash, state));
  followAddress(state, () => timeline.searchBox.value);
  // For tests: when the first screen was done, and how many commands the rows hold.
  document.body.dataset.painted = String(Math.round(performance.now()));
  document.body.dataset.spans = String(timeline.countSpans());
  // What is below the first screen may come after it.
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (state.lifetime.signal.aborted) return;
      showNetwork(state, timeline);
      new MemoryMap(state, timeline);
      new DdrMap(state);
      new OperatorTable(state, timeline);
      new Roofline(state, timeline);
      showSensitivities(state);
      showCapabilities(state);
      showPlan(state);
      showDefinitions();
      explainWords(state.lifetime.signal);
      release();
      document.body.dataset.ready = '1';
    }),
  );
  return state;
}
