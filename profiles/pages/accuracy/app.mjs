// Puts the page together and says when it is done.

import { element } from '../common/dom.mjs';
import { themeButton } from '../common/header.mjs';
import { Scatter } from './scatter.mjs';
import { showFigures, showGains, showRows, showTotal } from './tables.mjs';

const validation = JSON.parse(document.getElementById('data').textContent);
const listeners = [];
const pageState = {
  data: validation,
  subscribe: (listener) => listeners.push(listener),
  changed: (what) => listeners.forEach((listener) => listener(what)),
};
const sections = [...document.querySelectorAll('main > section > h2')].map((title) =>
  element('a', { href: `#${title.parentElement.id}` }, title.textContent),
);
document
  .getElementById('header')
  .append(
    element(
      'div',
      { class: 'title' },
      element('h1', {}, 'Predicted against measured'),
      element(
        'ul',
        { class: 'facts' },
        [validation.source, `${validation.rows.length} rows`].map((fact) =>
          element('li', {}, fact),
        ),
      ),
      themeButton(pageState),
    ),
    element('nav', { 'aria-label': 'Sections' }, sections),
  );
showTotal(validation);
new Scatter(pageState);
showFigures(validation);
showGains(validation);
showRows(validation);
document.body.dataset.ready = '1';
