// The first thing on the page: what was run, what bounds it, and the figures that say how well the
// machine is used. A reader knows the verdict before scrolling.

import {
  bytesText,
  changeText,
  evidenceText,
  grouped,
  percentText,
  ratio,
  siText,
  timeText,
} from '../common/format.mjs';
import { element } from '../common/dom.mjs';

// What the first run is called beside the last.
function nameOfFirst({ runs }) {
  const [{ label, identity }] = runs;
  return label === 'pinned' ? 'the pinned run' : identity.preset || 'before';
}

/** "1.06× as fast as before" and the time saved; null for one run. */
function gainLine(state) {
  if (state.runs.length < 2) return null;
  const [before, after] = state.runs.map((run) => run.summary.time);
  if (before === after) return element('p', { class: 'gain' }, `As fast as ${nameOfFirst(state)}.`);
  const isFaster = after < before;
  return element(
    'p',
    { class: `gain ${isFaster ? 'better' : 'worse'}` },
    element('strong', {}, `${(before / after).toFixed(2)}× as fast`),
    ` as ${nameOfFirst(state)}: ${timeText(before)} → ${timeText(after)}, ` +
      `${timeText(Math.abs(before - after))} ${isFaster ? 'saved' : 'lost'}.`,
  );
}

/** What the transfers are, where these bound the run. */
function partsLine({ verdict, waterfall, summary }, steps) {
  if (verdict.bound !== 'transfers') return null;
  const share = (key) =>
    percentText(ratio(waterfall[steps.findIndex((step) => step.key === key)], summary.time));
  return element(
    'p',
    { class: 'parts' },
    `Loads ${share('exposed_load')}, stores ` +
      `${share('exposed_store')} and copies ${share('exposed_copy')} of the time.`,
  );
}

/** Between which times comparable networks ran on boards; empty where nothing is comparable. */
function intervalText({ summary }) {
  if (!summary.interval) return '';
  const [low, high] = summary.interval.map(timeText);
  const share = (100 * summary.interval_coverage).toFixed(0);
  return `${share} % of comparable networks took ${low} to ${high} on boards (${summary.interval_basis}).`;
}

function intervalLine(run) {
  const text = intervalText(run);
  return text === '' ? null : element('p', { class: 'parts' }, text);
}

/** On what kinds of numbers the time rests; which ones where somebody points at them. */
function evidenceLine({ evidence, summary }) {
  if (evidence.length === 0) return null;
  return element(
    'p',
    { class: 'parts' },
    'Evidence of the time: ',
    evidence.map(({ evidence: kind, time, values }, i) => [
      i === 0 ? '' : ', ',
      element('span', { class: 'hinted', title: values.join(', ') }, `${percentText(ratio(time, summary.time))} ${kind}`),
    ]),
    '.',
  );
}

// Shares differ by points, amounts by percent of what they were.
function tile(name, value, note, before, after, options = {}) {
  const { isLessBetter = true, isShare = false, isNeutral = false, tip = null } = options;
  let change = null;
  const points = 100 * (after - before);
  if (before !== undefined && (isShare ? Math.abs(points) >= 0.05 : before !== after)) {
    const text = isShare
      ? `${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points`
      : changeText(before, after);
    const isBetter = after < before === isLessBetter;
    change = element(
      'span',
      { class: isNeutral ? 'dim' : isBetter ? 'better' : 'worse' },
      isNeutral ? text : `${text}, ${isBetter ? 'better' : 'worse'}`,
    );
  }
  return element(
    'div',
    { class: 'tile', title: tip },
    element('dt', {}, name),
    element(
      'dd',
      {},
      element('span', { class: 'value' }, value),
      element('span', { class: 'note' }, note),
      change,
    ),
  );
}

function tiles(state) {
  const run = state.runs.at(-1);
  const evidence = `Evidence of the time: ${evidenceText(
    run.evidence.map(({ evidence: kind, time }) => [kind, time]),
    run.summary.time,
  )}.`;
  const { summary } = run;
  const old = state.runs.length > 1 ? state.runs[0].summary : undefined;
  const exposed = (of) => of && of.exposed_load + of.exposed_store + of.exposed_copy;
  const moved = (of) => of && of.ddr_read_bytes + of.ddr_write_bytes;
  const busy = (of) => of && ratio(of.bdc_busy, of.time);
  const share = { isLessBetter: false, isShare: true };
  return element(
    'dl',
    { class: 'tiles' },
    tile(
      'Time',
      timeText(summary.time),
      `${grouped(summary.cycles)} cycles at ` +
        `${summary.clock_khz / 1000} MHz, ${siText(summary.images_per_second)}images/s` +
        (summary.time_per_image ? `, ${timeText(summary.time_per_image)} per image` : ''),
      old?.time,
      summary.time,
      { tip: [intervalText(run), evidence].filter((text) => text !== '').join(' ') },
    ),
    tile(
      'Useful compute',
      percentText(summary.compute_utilisation),
      `of ${siText(summary.peak_macs_per_second)}MAC/s (${run.identity.precision})`,
      old?.compute_utilisation,
      summary.compute_utilisation,
      share,
    ),
    tile(
      'BDC busy',
      percentText(busy(summary)),
      `${timeText(summary.bdc_busy)} of computing`,
      busy(old),
      busy(summary),
      { ...share, tip: evidence },
    ),
    tile(
      'DDR traffic',
      bytesText(moved(summary)),
      `${percentText(summary.bandwidth_utilisation)} of ` +
        `${siText(summary.peak_ddr_bytes_per_second)}B/s`,
      moved(old),
      moved(summary),
    ),
    tile(
      'Exposed transfers',
      timeText(exposed(summary)),
      'transfers while nothing is computed',
      exposed(old),
      exposed(summary),
      { tip: evidence },
    ),
    tile(
      'Local memory',
      bytesText(summary.local_memory_peak_bytes),
      `at the peak, of ${bytesText(summary.local_memory_bytes)}`,
      old?.local_memory_peak_bytes,
      summary.local_memory_peak_bytes,
      { isNeutral: true }, // Room that is used is neither good nor bad.
    ),
  );
}

/** The verdict in words, then the tiles. */
export function showVerdict(state) {
  const run = state.runs.at(-1);
  const { verdict, summary } = run;
  const gain = gainLine(state);
  document
    .getElementById('verdict')
    .append(
      ...[
        element(
          'p',
          { class: 'verdict' },
          `${timeText(summary.time)}, bound by `,
          element('em', {}, verdict.bound),
          `: ${percentText(ratio(verdict.time, summary.time))} of the time ${verdict.meaning}.`,
        ),
        gain,
        intervalLine(run),
        partsLine(run, state.data.steps),
        evidenceLine(run),
        tiles(state),
      ].filter((child) => child !== null),
    );
}
