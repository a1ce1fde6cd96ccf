// Hands on the timeline: mouse, touch and keyboard turned into what they mean. Nothing needs a
// mouse; the keys are those of Perfetto and bmprofile where these agree.

/** Keys and what they do, for the help. */
export const kKeys = [
  ['← → or A D', 'move in time'],
  ['↑ ↓ or W S', 'more and less detail'],
  ['Enter', 'select the span in the middle; then show its operator in the table'],
  [', and .', 'previous and next span of the row'],
  ['Page Up, Page Down', 'the row above and below'],
  ['Shift ← →', 'measure, from the selected span on'],
  ['F', 'fit the selection or the measured stretch'],
  ['0 or Home', 'the whole run'],
  ['P', 'the command that the selected one waited for'],
  ['O', 'the same operator in the other run'],
  ['G', 'both runs with the selected operator at one place'],
  ['C', 'the critical path: of the selected command, else of the run'],
  ['/', 'search'],
  ['Escape', 'nothing selected'],
  ['?', 'this help'],
  ['drag', 'measure; with Shift or the middle button: move'],
  ['wheel', 'more and less detail, with Ctrl or once the timeline has the focus'],
];

/** `actions` are functions by name; see timeline.mjs. */
export function listenToKeys(target, actions) {
  const keys = {
    ArrowLeft: () => actions.pan(-0.15),
    ArrowRight: () => actions.pan(0.15),
    a: () => actions.pan(-0.15),
    d: () => actions.pan(0.15),
    ArrowUp: () => actions.zoom(1 / 1.4),
    ArrowDown: () => actions.zoom(1.4),
    w: () => actions.zoom(1 / 1.4),
    s: () => actions.zoom(1.4),
    '+': () => actions.zoom(1 / 1.4),
    '=': () => actions.zoom(1 / 1.4),
    '-': () => actions.zoom(1.4),
    0: actions.showAll,
    Home: actions.showAll,
    f: actions.fit,
    ',': () => actions.step(-1),
    '.': () => actions.step(1),
    PageUp: () => actions.changeRow(-1),
    PageDown: () => actions.changeRow(1),
    Enter: actions.enter,
    p: actions.toCause,
    o: actions.toOther,
    g: actions.align,
    c: actions.path,
    '/': actions.search,
    '?': actions.help,
    Escape: actions.clear,
  };
  target.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      actions.measureBy(event.key === 'ArrowLeft' ? -1 : 1);
    } else {
      const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act === undefined) return;
      act();
    }
    event.preventDefault();
  });
}

/** Mouse, pen and touch on a canvas. `actions` take positions in CSS pixels. */
export function listenToPointer(canvas, actions) {
  const pointers = new Map();
  let drag = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    const isMove = event.pointerType === 'touch' || event.shiftKey || event.button === 1;
    drag = { from: at, last: at, isMove, isLong: false };
    if (event.button === 1) event.preventDefault();
  });
  canvas.addEventListener('pointermove', (event) => {
    const at = place(event);
    if (!pointers.has(event.pointerId)) {
      actions.hover(at.x, at.y);
      return;
    }
    const [one, two] = [...pointers.values()];
    pointers.set(event.pointerId, at);
    if (two !== undefined) {
      const [first, second] = [...pointers.values()];
      const spread = Math.max(20, Math.abs(first.x - second.x));
      const before = Math.max(20, Math.abs(one.x - two.x));
      actions.zoomAt(before / spread, (first.x + second.x) / 2);
      actions.panBy((one.x + two.x - first.x - second.x) / 2);
      drag = null;
    } else if (drag !== null) {
      drag.isLong ||= Math.abs(at.x - drag.from.x) > 4;
      if (drag.isLong && drag.isMove) actions.panBy(drag.last.x - at.x);
      else if (drag.isLong) actions.measure(drag.from.x, at.x);
      drag.last = at;
    }
  });
  const release = (event) => {
    const at = place(event);
    if (event.type === 'pointerup' && drag !== null && !drag.isLong) actions.pick(at.x, at.y);
    pointers.delete(event.pointerId);
    drag = null;
  };
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('pointerleave', () => actions.hover(-1, -1));
  canvas.addEventListener('dblclick', actions.fit);
  canvas.addEventListener(
    'wheel',
    (event) => {
      const isOurs =
        event.ctrlKey ||
        event.shiftKey ||
        document.activeElement === canvas ||
        Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!isOurs) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        actions.panBy((event.deltaX || event.deltaY) * unit);
      } else {
        actions.zoomAt(1.0016 ** (event.deltaY * unit), place(event).x);
      }
    },
    { passive: false },
  );
}
