// Puts the page together and says when it is done.

import { explainWords } from '../common/glossary.mjs';
import { headParts } from '../common/header.mjs';
import { Scatter } from './scatter.mjs';
import { showFigures, showGains, showRows, showTotal } from './tables.mjs';

const validation = JSON.parse(document.getElementById('data').textContent);
const listeners = [];
const pageState = {
  data: validation,
  subscribe: (listener) => listeners.push(listener),
  changed: (what) => listeners.forEach((listener) => listener(what)),
};
document
  .getElementById('header')
  .append(
    ...headParts(
      'Predicted against measured',
      [validation.source, `${validation.rows.length} rows`],
      pageState,
    ),
  );
showTotal(validation);
new Scatter(pageState);
showFigures(validation);
showGains(validation);
showRows(validation);
explainWords();
document.body.dataset.ready = '1';
