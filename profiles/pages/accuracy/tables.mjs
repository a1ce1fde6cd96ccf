// The figures as tiles and tables, and every row.

import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { digits3 } from '../common/format.mjs';

const kFigures = [
  ['rows', (line) => String(line.rows)],
  ['factor', (line) => line.factor.toFixed(3)],
  ['bias', (line) => line.bias.toFixed(3)],
  ['worst', (line) => line.worst.toFixed(2)],
  [
    'rank',
    (line) => (line.rank_correlation === null ? '–' : line.rank_correlation.toFixed(3)),
  ],
  ['median', (line) => line.median.toFixed(2)],
  ['90 %', (line) => line.percentile_90.toFixed(2)],
  ['in 1.2×', (line) => `${(100 * line.within_1_2).toFixed(0)} %`],
  ['in 1.5×', (line) => `${(100 * line.within_1_5).toFixed(0)} %`],
  ['networks', (line) => String(line.networks)],
];

/** Tiles with the figures of all good rows. */
export function showTotal({ total, rows }) {
  const failed = rows.filter((row) => row.error !== undefined).length;
  const tile = (title, value, note) =>
    element(
      'div',
      { class: 'tile' },
      element('dt', {}, title),
      element('dd', {}, element('span', { class: 'value' }, value), note),
    );
  document
    .getElementById('verdict')
    .append(
      element(
        'p',
        { class: 'verdict' },
        total.rows === 0
          ? 'No good row has a prediction'
          : `Predictions are off by ${total.factor.toFixed(2)} times in the geometric mean`,
      ),
      element(
        'dl',
        { class: 'tiles' },
        tile('good rows', String(total.rows), `${total.networks} networks, ${rows.length} rows`),
        tile('bias', total.bias.toFixed(3), total.bias < 1 ? 'too fast' : 'too slow'),
        tile('worst', `${total.worst.toFixed(2)}×`, `90 % are within ${total.percentile_90.toFixed(2)}×`),
        tile(
          'rank correlation',
          total.rank_correlation === null ? '–' : total.rank_correlation.toFixed(3),
          'predicted and measured order',
        ),
        tile('within 1.2×', `${(100 * total.within_1_2).toFixed(0)} %`, `within 1.5×: ${(100 * total.within_1_5).toFixed(0)} %`),
        failed > 0 ? tile('without prediction', String(failed), 'see the rows') : null,
      ),
    );
}

/** One table per way to tell rows apart. */
export function showFigures(data) {
  for (const { key, title, columns } of data.tables) {
    const lines = data[key];
    bodyOf('figures').append(
      element('h3', {}, title),
      plainTable(
        title,
        [
          ...columns.map((name) => ({ title: name, whole: true })),
          ...kFigures.map(([name]) => ({ title: name, numeric: true })),
        ],
        lines.map((line) => [
          ...columns.map((name) => line[name]),
          ...kFigures.map(([, text]) => (line.rows === 0 ? '–' : text(line))),
        ]),
      ),
    );
  }
}

/** What changes gain, predicted and measured. */
export function showGains({ gains }) {
  if (gains.length === 0) return;
  const title = 'What a change gains, good rows';
  bodyOf('figures').append(
    element('h3', {}, title),
    plainTable(
      title,
      [
        { title: 'change', whole: true },
        { title: 'chip', whole: true },
        { title: 'type' },
        { title: 'pairs', numeric: true },
        { title: 'predicted', numeric: true },
        { title: 'measured', numeric: true },
        { title: 'factor', numeric: true },
      ],
      gains.map((gain) => [
        gain.change,
        gain.chip,
        gain.precision,
        String(gain.pairs),
        `${gain.predicted.toFixed(2)}×`,
        `${gain.measured.toFixed(2)}×`,
        gain.factor.toFixed(3),
      ]),
    ),
  );
}

/** Every measured row, largest errors first, failures before them. */
export function showRows({ rows }) {
  const off = (row) => (row.error === undefined ? Math.abs(Math.log(row.ratio)) : Infinity);
  const columns = [
    { title: 'network', whole: true },
    { title: 'chip', whole: true },
    { title: 'cores', numeric: true },
    { title: 'type' },
    { title: 'passes', whole: true },
    { title: 'predicted ms', numeric: true },
    { title: 'measured ms', numeric: true },
    { title: 'ratio', numeric: true },
    { title: 'bound', wide: rows.some((row) => row.error !== undefined) },
    { title: 'quality', whole: true },
  ];
  bodyOf('rows').append(
    plainTable(
      'Measured rows',
      columns,
      [...rows]
        .sort((a, b) => off(b) - off(a))
        .map((row) => [
          row.model.replace(/\.[^.]*$/, ''),
          row.chip,
          String(row.cores),
          row.precision,
          row.pipeline,
          row.error === undefined ? digits3(row.predicted_ps * 1e-9) : '–',
          digits3(row.measured_ms),
          row.error === undefined ? row.ratio.toFixed(2) : '–',
          row.error ?? row.bound,
          row.quality.replace('_', ' '),
        ]),
    ),
  );
}
