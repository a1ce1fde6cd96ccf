// The head of the page: what was run, how to repeat it, links to the sections, light or dark.

import { button, element } from './dom.mjs';

/** The button between light and dark; `state.changed('theme')` is called when it was used. */
export function themeButton(state) {
  const root = document.documentElement;
  const isDark = () =>
    (root.dataset.theme ??
      (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const toggle = button(
    '',
    () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      show();
      state.changed('theme');
    },
    { class: 'theme' },
  );
  const show = () => {
    toggle.textContent = isDark() ? '☀ Light' : '☾ Dark';
    toggle.setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours');
  };
  show();
  const onChange = () => {
    show();
    state.changed('theme');
  };
  const { signal } = state.lifetime ?? {};
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange, { signal });
  return toggle;
}

/** Words as a shell takes them. */
export function commandText(words) {
  return words
    .map((word) => (/^[\w./:+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

function commandOf({ identity }, isComparison) {
  const precision = identity.flags.includes('--precision') ? [] : ['--precision', identity.precision];
  const words = [
    'tpuscope',
    isComparison ? 'compare' : 'profile',
    identity.source,
    ...precision,
    '--chip',
    identity.chip,
    '--passes',
    identity.preset,
    ...identity.overrides.flatMap((each) => ['--set', each]),
    ...identity.flags,
  ].filter((word) => word !== '');
  return commandText(words);
}

/** What every page begins with: its name, facts that are not empty, and links to its sections. */
export function headParts(name, facts, state) {
  const sections = [...document.querySelectorAll('main > section:not([hidden]) > h2')].map((title) =>
    element('a', { href: `#${title.parentElement.id}` }, title.textContent),
  );
  return [
    element(
      'div',
      { class: 'title' },
      element('h1', {}, name),
      element(
        'ul',
        { class: 'facts' },
        facts.filter((fact) => fact !== '').map((fact) => element('li', {}, fact)),
      ),
      themeButton(state),
    ),
    element('nav', { 'aria-label': 'Sections' }, sections),
  ];
}

/** Name of the network, facts of the run, links to the sections. */
export function showHeader(state) {
  const run = state.runs.at(-1);
  const { identity } = run;
  const facts = [
    identity.chip,
    identity.precision,
    `batch ${identity.batch}`,
    state.runs.length > 1
      ? `${state.runs[0].identity.preset} → ${identity.preset}`
      : identity.preset,
    'simulated',
  ];
  const command = state.data.command ?? commandOf(run, state.runs.length > 1);
  document.getElementById('header').append(
    ...headParts(identity.model, facts, state),
    element(
      'details',
      { class: 'how' },
      element('summary', {}, 'How it was made'),
      element('p', {}, element('code', {}, command)),
      element(
        'p',
        {},
        `${state.data.tool}. Switches on: ${identity.switches.join(', ') || 'none'}.`,
      ),
    ),
  );
}
