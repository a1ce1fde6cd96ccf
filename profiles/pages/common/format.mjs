// Figures as texts: three significant digits, units behind a space, digits in groups of three.

const kNoBreak = '\u00a0';

/** Three significant digits without an exponent. */
export function digits3(value) {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return value.toPrecision(3);
}

/** "4.86 ms" from nanoseconds. */
export function timeText(ns) {
  const size = Math.abs(ns);
  if (size >= 999.5e6) return `${digits3(ns / 1e9)}${kNoBreak}s`;
  if (size >= 999.5e3) return `${digits3(ns / 1e6)}${kNoBreak}ms`;
  if (size >= 999.5) return `${digits3(ns / 1e3)}${kNoBreak}µs`;
  return `${digits3(ns)}${kNoBreak}ns`;
}

/** "10.6 MiB". */
export function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit + 1 < units.length) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 ? value : digits3(value)}${kNoBreak}${units[unit]}`;
}

/** "8.19 T": decimal prefixes, for rates. */
export function siText(value) {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit + 1 < units.length) {
    scaled /= 1000;
    ++unit;
  }
  return `${digits3(scaled)}${kNoBreak}${units[unit]}`;
}

/** "94.0 % inferred, 6.0 % assumed": [kind, time] pairs as parts of a time. */
export function evidenceText(parts, time) {
  return parts.map(([kind, part]) => `${percentText(ratio(part, time))} ${kind}`).join(', ');
}

/** "38.0 %" of a ratio. */
export function percentText(ratio) {
  return `${(100 * ratio).toFixed(1)}${kNoBreak}%`;
}

/** "5 216 442", with narrow spaces. */
export function grouped(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "−5.8 %"; "=" where it rounds to nothing, "new" from nothing. */
export function changeText(before, after) {
  if (before === after) return '=';
  if (before === 0) return 'new';
  const percent = (100 * (after - before)) / before;
  if (Math.abs(percent) < 0.05) return '=';
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)}${kNoBreak}%`;
}

/** "−297 µs". */
export function differenceText(ns) {
  if (ns === 0) return '=';
  return `${ns > 0 ? '+' : '−'}${timeText(Math.abs(ns))}`;
}

/** part / whole, 0 where there is no whole. */
export function ratio(part, whole) {
  return whole > 0 ? part / whole : 0;
}

/**
 * Every how many marks of an axis a text fits, for marks `distance` apart and texts as wide as
 * `widest`, of which the last may end at its mark while its neighbour is centred.
 */
export function labelEvery(distance, widest) {
  return Math.max(1, Math.ceil((1.5 * widest + 6) / distance));
}

/** Distance of round axis marks, so that about `count` fit in `length`. */
export function niceStep(length, count) {
  const rough = length / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 5]) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

const kTimeUnits = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];
const kMostDecimals = 3; // of a mark; more are told once, as what all marks are counted from

function unitOf(ns) {
  return kTimeUnits.find(([size]) => ns >= 0.9995 * size) ?? kTimeUnits.at(-1);
}

// Digits behind the point by which marks `step` apart differ.
function decimalsOf(step, size) {
  return Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
}

/**
 * Texts of marks from `from` to `to` nanoseconds, `step` apart: each with as many digits as tell it
 * from its neighbours. Where these would be many, `offset` is what the texts are counted from
 * ("3.2175 ms"), else it is empty.
 */
export function axisTexts(from, to, step) {
  const [size, unit] = unitOf(Math.max(Math.abs(from), Math.abs(to)));
  const decimals = decimalsOf(step, size);
  const textIn = (ns, of, digits, name) => `${(ns / of).toFixed(digits)}${kNoBreak}${name}`;
  if (decimals <= kMostDecimals) {
    return {
      offset: '',
      textOf: (ns) => (Math.abs(ns) < step / 2 ? `0${kNoBreak}${unit}` : textIn(ns, size, decimals, unit)),
    };
  }
  // A round number below the view, no finer than needed.
  const round = 10 ** Math.ceil(Math.log10(to - from));
  const base = Math.floor(from / round) * round;
  const [fine, fineUnit] = unitOf(to - base);
  const digits = decimalsOf(step, fine);
  return {
    offset: textIn(base, size, decimalsOf(round, size), unit),
    textOf: (ns) => `+${textIn(ns - base, fine, digits, fineUnit)}`,
  };
}
