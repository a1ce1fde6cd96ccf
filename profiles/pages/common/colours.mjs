// Colours that stay apart for readers who see red and green alike (Paul Tol's bright scheme). Types
// of operators get them by the time attributed to them, the same in both runs; the rest shares a grey.

const kTypes = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#cc7711'];
const kOther = '#8a8f98';
// In the order of kWork.
const kWorkColours = ['#228833', '#88ba5c', '#4477aa', '#66ccee', '#ee6677', '#ccbb44', '#8a8f98'];

/** Steps of the waterfall in their order: work in calm colours, waiting in warm ones. */
export const kStepColours = [
  '#228833',
  '#ccbb44',
  '#88ba5c',
  '#4477aa',
  '#ee6677',
  '#aa3377',
  '#9a86c9',
  '#cc7711',
  '#8a8f98',
  '#66ccee',
  '#994455',
  '#5b6270',
  '#b5bac2',
];

/** Names of the types with most attributed time, most first, at most as many as there are colours. */
export function topTypes(runs) {
  const time = new Map();
  for (const { ops } of runs) {
    for (let op = 0; op < ops.count; ++op) {
      time.set(ops.type[op], (time.get(ops.type[op]) ?? 0) + ops.blame[op]);
    }
  }
  return [...time]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, kTypes.length)
    .map(([type]) => type);
}

/** Colour numbers of the operators of one run. */
export function typeColours(run, types) {
  return Uint8Array.from(run.ops.type, (type) => {
    const at = types.indexOf(type);
    return at < 0 ? kTypes.length : at;
  });
}

/** Colours by number, and what they stand for. */
export function palette(mode, types, workNames) {
  if (mode === 'work') {
    return { colours: kWorkColours, names: workNames };
  }
  return { colours: [...kTypes, kOther], names: [...types, 'other'] };
}

/** Colours of the page's theme, for canvases. */
export function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read('--text'),
    dim: read('--dim'),
    line: read('--line'),
    faint: read('--faint'),
    panel: read('--panel'),
    sunken: read('--sunken'),
    accent: read('--accent'),
    read: read('--read'),
    write: read('--write'),
    focus: read('--focus'),
  };
}

/** Black or white, whichever is legible on a colour. */
export function inkOn(colour) {
  const value = Number.parseInt(colour.slice(1), 16);
  const light = 0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255);
  return light > 140 ? '#111418' : '#ffffff';
}
