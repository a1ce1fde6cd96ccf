// The first thing on the page: what was run, what bounds it, and the figures that say how well the
// machine is used. A reader knows the verdict before scrolling.

import { bytesText, changeText, grouped, percentText, ratio, siText, timeText } from './format.mjs';
import { button, element } from './dom.mjs';

function themeButton(state) {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches
    ? 'dark' : 'light')) === 'dark';
  const toggle = button('', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    show();
    state.changed('theme');
  }, { class: 'theme' });
  const show = () => {
    toggle.textContent = isDark() ? '☀ Light' : '☾ Dark';
    toggle.setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours');
  };
  show();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    show();
    state.changed('theme');
  });
  return toggle;
}

function commandOf({ identity }, isComparison) {
  const words = ['tpuscope', isComparison ? 'compare' : 'profile', identity.source,
                 '--precision', identity.precision, '--chip', identity.chip,
                 '--passes', identity.preset,
                 ...identity.overrides.flatMap((each) => ['--set', each])].filter((word) => word !== '');
  return words.map((word) => (/^[\w./:+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** Name of the network, facts of the run, links to the sections. */
export function showHeader(state) {
  const run = state.runs.at(-1);
  const { identity } = run;
  const facts = [identity.chip, identity.precision, `batch ${identity.batch}`,
                 state.runs.length > 1
                   ? `${state.runs[0].identity.preset} → ${identity.preset}` : identity.preset,
                 'simulated'];
  const command = commandOf(run, state.runs.length > 1);
  const sections = [...document.querySelectorAll('main > section > h2')].map((title) =>
    element('a', { href: `#${title.parentElement.id}` }, title.textContent));
  document.getElementById('header').append(
    element('div', { class: 'title' },
      element('h1', {}, identity.model),
      element('ul', { class: 'facts' }, facts.filter((fact) => fact !== '').map((fact) =>
        element('li', {}, fact))),
      themeButton(state)),
    element('nav', { 'aria-label': 'Sections' }, sections),
    element('details', { class: 'how' },
      element('summary', {}, 'How it was made'),
      element('p', {}, element('code', {}, command)),
      element('p', {}, `${state.data.tool}. Switches on: ${identity.switches.join(', ') || 'none'}.`)));
}

/** "1.06× as fast as before" and the time saved; null for one run. */
function gainLine(state) {
  if (state.runs.length < 2) return null;
  const [before, after] = state.runs.map((run) => run.summary.time);
  if (before === after) return element('p', { class: 'gain' }, 'As fast as before.');
  const isFaster = after < before;
  return element('p', { class: `gain ${isFaster ? 'better' : 'worse'}` },
    element('strong', {}, `${(before / after).toFixed(2)}× as fast`),
    ` as ${state.runs[0].identity.preset || 'before'}: ${timeText(before)} → ${timeText(after)}, ` +
    `${timeText(Math.abs(before - after))} ${isFaster ? 'saved' : 'lost'}.`);
}

/** What the transfers are, where these bound the run. */
function partsLine({ verdict, waterfall, summary }, steps) {
  if (verdict.bound !== 'transfers') return null;
  const share = (key) => percentText(ratio(
    waterfall[steps.findIndex((step) => step.key === key)], summary.time));
  return element('p', { class: 'parts' }, `Loads ${share('exposed_load')}, stores ` +
    `${share('exposed_store')} and copies ${share('exposed_copy')} of the time.`);
}

const kFindings = 4;

function sentence(clause) {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`;
}

/** What to try, with at most what it would save. A finding leads to its first operator. */
export function showFindings(state, timeline) {
  const run = state.runs.length - 1;
  const { findings, summary } = state.runs[run];
  if (findings.length === 0) return;
  const rows = findings.map((finding) => element('li', {},
    element('div', { class: 'gain-of' }, element('b', {}, `up to −${timeText(finding.gain)}`),
      element('span', { class: 'dim' }, percentText(ratio(finding.gain, summary.time)))),
    element('div', {}, element('p', {}, sentence(finding.message)),
      finding.remedy === '' ? null : element('p', { class: 'dim' }, sentence(finding.remedy)),
      finding.ops.length > 0 ? button(`Show ${state.runs[run].ops.name[finding.ops[0]]}` +
        (finding.ops.length > 1 ? `, the first of ${finding.ops.length}` : ''), () => {
        timeline.showOp(run, finding.ops[0]);
        document.getElementById('timeline').scrollIntoView();
      }, { class: 'link' }) : null)));
  document.getElementById('verdict').append(
    element('h3', {}, state.runs.length > 1 ? 'What to try next' : 'What to try'),
    element('ol', { class: 'findings' }, rows.slice(0, kFindings)),
    ...(rows.length > kFindings ? [element('details', {}, element('summary', {},
      `${rows.length - kFindings} smaller ones`),
      element('ol', { class: 'findings' }, rows.slice(kFindings)))] : []));
}

// Shares differ by points, amounts by percent of what they were.
function tile(name, value, note, before, after, { isLessBetter = true, isShare = false } = {}) {
  let change = null;
  const points = 100 * (after - before);
  if (before !== undefined && (isShare ? Math.abs(points) >= 0.05 : before !== after)) {
    const text = isShare ? `${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points`
      : changeText(before, after);
    const isBetter = (after < before) === isLessBetter;
    change = element('span', { class: isBetter ? 'better' : 'worse' },
      `${text}, ${isBetter ? 'better' : 'worse'}`);
  }
  return element('div', { class: 'tile' }, element('dt', {}, name),
    element('dd', {}, element('span', { class: 'value' }, value),
      element('span', { class: 'note' }, note), change));
}

function tiles(state) {
  const run = state.runs.at(-1);
  const { summary } = run;
  const old = state.runs.length > 1 ? state.runs[0].summary : undefined;
  const exposed = (of) => of && of.exposed_load + of.exposed_store + of.exposed_copy;
  const moved = (of) => of && of.ddr_read_bytes + of.ddr_write_bytes;
  const busy = (of) => of && ratio(of.bdc_busy, of.time);
  const share = { isLessBetter: false, isShare: true };
  return element('dl', { class: 'tiles' },
    tile('Time', timeText(summary.time), `${grouped(summary.cycles)} cycles at ` +
      `${summary.clock_khz / 1000} MHz, ${siText(1e9 / summary.time)}runs/s`,
      old?.time, summary.time),
    tile('Useful compute', percentText(summary.compute_utilisation),
      `of ${siText(summary.peak_macs_per_second)}MAC/s (${run.identity.precision})`,
      old?.compute_utilisation, summary.compute_utilisation, share),
    tile('BDC busy', percentText(busy(summary)), `${timeText(summary.bdc_busy)} of computing`,
      busy(old), busy(summary), share),
    tile('DDR traffic', bytesText(moved(summary)),
      `${percentText(summary.bandwidth_utilisation)} of ` +
      `${siText(summary.peak_ddr_bytes_per_second)}B/s`, moved(old), moved(summary)),
    tile('Not hidden', timeText(exposed(summary)), 'transfers while nothing is computed',
      exposed(old), exposed(summary)),
    tile('Local memory', bytesText(summary.local_memory_peak_bytes),
      `at the peak, of ${bytesText(summary.local_memory_bytes)}`,
      old?.local_memory_peak_bytes, summary.local_memory_peak_bytes));
}

/** The verdict in words, then the tiles. */
export function showVerdict(state) {
  const run = state.runs.at(-1);
  const { verdict, summary } = run;
  const gain = gainLine(state);
  document.getElementById('verdict').append(...[
    element('p', { class: 'verdict' }, `${timeText(summary.time)}, bound by `,
      element('em', {}, verdict.bound),
      `: ${percentText(ratio(verdict.time, summary.time))} of the time ${verdict.meaning}.`),
    gain,
    partsLine(run, state.data.steps),
    tiles(state),
  ].filter((child) => child !== null));
}
