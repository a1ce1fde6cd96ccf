// What the reader looks at, in the address of the page: a link shows what they saw.

const kDelay = 250; // browsers refuse addresses that change faster

/** The address of a state and a search, as the part behind "#". */
export function addressOf(state, search = '') {
  const words = new URLSearchParams();
  const { view, selection } = state;
  const bounds = state.bounds();
  if (view.from > bounds.from || view.to < bounds.to) {
    words.set('t', `${Math.round(view.from)}-${Math.round(view.to)}`);
  }
  if (selection !== null) {
    words.set('run', selection.run);
    if (selection.span >= 0) words.set('command', selection.span);
    else words.set('op', state.runs[selection.run].ops.name[selection.op]);
  }
  if (search !== '') words.set('find', search);
  if (state.colourMode !== 'type') words.set('colours', state.colourMode);
  if (state.range !== null) words.set('range', `${Math.round(state.range.from)}-${Math.round(state.range.to)}`);
  return words.size === 0 ? '' : `see&${words}`;
}

// "12-34" as two numbers in order; null for anything else.
function stretchOf(text) {
  const [from, to] = (text ?? '').split('-').map(Number);
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? [from, to] : null;
}

/** Takes what an address says, as far as the page has it. Returns the search in it. */
export function applyAddress(address, state) {
  const words = new URLSearchParams(address.replace(/^#/, ''));
  const run = Number(words.get('run') ?? 0);
  if (state.runs[run] !== undefined) {
    const { spans, ops } = state.runs[run];
    const command = Number(words.get('command') ?? -1);
    const op = ops.name.indexOf(words.get('op'));
    if (Number.isInteger(command) && command >= 0 && command < spans.count) {
      state.select(run, spans.op[command], command);
    } else if (op >= 0) state.select(run, op);
  }
  if (words.get('colours') === 'work') state.setColourMode('work');
  const view = stretchOf(words.get('t'));
  if (view !== null) state.setView(...view);
  const range = stretchOf(words.get('range'));
  if (range !== null) state.setRange(...range);
  return words.get('find') ?? '';
}

/** Keeps the address up to date; `searchText()` is what is searched for. */
export function followAddress(state, searchText) {
  let timer = 0;
  const write = () => {
    const address = addressOf(state, searchText());
    const plain = location.href.replace(/#.*/, '');
    history.replaceState(null, '', address === '' ? plain : `${plain}#${address}`);
  };
  state.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(write, kDelay);
  });
  state.lifetime.signal.addEventListener('abort', () => clearTimeout(timer));
}
