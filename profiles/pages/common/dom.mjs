// Elements without markup in strings: names of operators come from users and are only ever text.

/**
 * An element. `properties` are attributes, except `on...` (listeners), `class`, and true or false
 * (present or absent). Children are elements, texts, or nested lists; null is left out.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button that shows `text`. */
export function button(text, onclick, properties = {}) {
  return element('button', { type: 'button', onclick, ...properties }, text);
}

/** Buttons of which one is on. `options` are [value, text]; returns the group. */
export function choice(label, options, current, onchoose) {
  const buttons = options.map(([value, text]) =>
    button(
      text,
      (event) => {
        for (const each of buttons)
          each.setAttribute('aria-pressed', String(each === event.target));
        onchoose(value);
      },
      { 'aria-pressed': String(value === current), 'data-value': value },
    ),
  );
  return element('span', { class: 'choice', role: 'group', 'aria-label': label }, buttons);
}

/**
 * A table from a caption, columns and rows of texts or elements. A column has a title and may be
 * `numeric`, `wide` (sentences and lists: lines of some length) or `whole` (names: never broken).
 */
export function plainTable(caption, columns, rows) {
  const kinds = ['wide', 'whole'];
  const classOf = (column) =>
    column.numeric ? 'number' : (kinds.find((kind) => column[kind]) ?? null);
  const isLong = rows.length > 20;
  return element(
    'div',
    {
      class: isLong ? 'scroll tall' : 'scroll',
      tabindex: '0',
      role: 'region',
      'aria-label': caption,
    },
    element(
      'table',
      {},
      element('caption', { class: 'unseen' }, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          columns.map((column) =>
            element('th', { scope: 'col', class: classOf(column) }, column.title),
          ),
        ),
      ),
      element(
        'tbody',
        {},
        rows.map((row) =>
          element(
            'tr',
            {},
            row.map((cell, i) => element('td', { class: classOf(columns[i]) }, cell)),
          ),
        ),
      ),
    ),
  );
}

/** The part of a section that scripts fill. */
export function bodyOf(section) {
  return document.querySelector(`#${section} > .body`);
}

/** Tells readers of the page by ear what changed. */
export function announce(text) {
  document.getElementById('live').textContent = text;
}

/** A function that has `draw` called at the next frame, once however often it is called before. */
export function oncePerFrame(draw) {
  let frame = 0;
  return () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
}

/**
 * Fits a canvas to its width on the page and to the pixels of the screen. Returns its drawing
 * context, in units of CSS pixels, with the size.
 */
export function prepareCanvas(canvas, height) {
  const width = Math.max(1, Math.floor(canvas.parentElement.clientWidth));
  const density = window.devicePixelRatio || 1;
  const pixelWidth = Math.round(width * density);
  const pixelHeight = Math.round(height * density);
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
