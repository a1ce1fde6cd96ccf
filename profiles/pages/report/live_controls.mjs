// The controls of the live panel: one per setting, built from what the engine says it can change.

import { button, element } from '../common/dom.mjs';
import { digits3 } from '../common/format.mjs';

const kOctaves = 2; // of a slider, to either side of the value without changes

// "×2" beside a number that was changed.
function factorText(value, base) {
  const factor = Number(value) / Number(base);
  return Number.isFinite(factor) && Number(base) !== 0 && factor !== 1 ? `×${digits3(factor)}` : '';
}

// A slider of factors with the number beside it.
function scaled(control, onchange) {
  const base = Number(control.value);
  const isWhole = control.kind === 'whole';
  const valueAt = (octave) => {
    const value = base * 2 ** octave;
    return isWhole ? Math.max(1, Math.round(value)) : Number(value.toPrecision(4));
  };
  const number = element('input', {
    type: 'number',
    min: 0,
    step: 'any',
    value: control.value,
    'aria-label': control.title,
    onchange: () => onchange(number.value),
  });
  const slider = element('input', {
    type: 'range',
    min: -kOctaves,
    max: kOctaves,
    // Whole numbers of a machine are powers of two more often than not.
    step: isWhole ? 1 : 0.05,
    value: 0,
    'aria-label': `${control.title}, by factors`,
    oninput: () => {
      number.value = Number(slider.value) === 0 ? control.value : String(valueAt(Number(slider.value)));
      onchange(number.value);
    },
  });
  const factor = element('span', { class: 'factor' });
  const show = (value) => {
    if (document.activeElement !== number) number.value = value;
    slider.value = String(Math.log2(Number(value) / base));
    factor.textContent = factorText(value, base);
  };
  const unit = element('span', { class: 'dim' }, control.unit ?? '');
  return { nodes: [slider, element('span', { class: 'amount' }, number, unit), factor], show };
}

function plainNumber(control, onchange) {
  const number = element('input', {
    type: control.kind === 'text' ? 'text' : 'number',
    min: 0,
    step: 1,
    value: control.value,
    spellcheck: 'false',
    'aria-label': control.title,
    onchange: () => onchange(number.value),
  });
  const show = (value) => {
    if (document.activeElement !== number) number.value = value;
  };
  return { nodes: [number], show };
}

function chooser(control, onchange) {
  const select = element(
    'select',
    { 'aria-label': control.title, onchange: () => onchange(select.value) },
    control.choices.map((choice) => element('option', { value: choice }, choice)),
  );
  const show = (value) => {
    // A chip may be a file of the user's.
    if (![...select.options].some((option) => option.value === value)) {
      select.append(element('option', { value }, value));
    }
    select.value = value;
  };
  show(control.value);
  return { nodes: [select], show };
}

function toggle(control, onchange) {
  const box = button(control.title, () => onchange(box.getAttribute('aria-pressed') === 'true' ? 'off' : 'on'), {
    class: 'switch',
    title: control.help,
    'aria-pressed': String(control.value === 'on'),
  });
  return { nodes: [box], show: (value) => box.setAttribute('aria-pressed', String(value === 'on')) };
}

function partsOf(control, onchange) {
  if (control.kind === 'choice') return chooser(control, onchange);
  if (control.kind === 'switch') return toggle(control, onchange);
  const isOfChip = control.key.startsWith('chip.') || control.parts;
  return isOfChip && Number(control.value) > 0 ? scaled(control, onchange) : plainNumber(control, onchange);
}

/**
 * One control: its node, and show(value, isChanged). `onchange(value)` is called with what the user
 * chose, `onclear()` to take it back.
 */
export function controlOf(control, onchange, onclear) {
  const { nodes, show } = partsOf(control, onchange);
  const isSwitch = control.kind === 'switch';
  const undo = button('↺', onclear, { class: 'undo', 'aria-label': `${control.title} as it was` });
  const kind = isSwitch ? 'of-switch' : nodes.length > 1 ? 'of-scale' : 'of-value';
  const node = element(
    isSwitch ? 'span' : 'div',
    { class: `control ${kind}`, 'data-key': control.key },
    isSwitch ? null : element('span', { class: 'name', title: control.help }, control.title),
    nodes,
    undo,
  );
  return {
    node,
    show: (value, isChanged) => {
      show(value);
      node.classList.toggle('changed', isChanged);
      undo.hidden = !isChanged;
    },
  };
}
