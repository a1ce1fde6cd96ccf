// The page of `llm`: what a token and the first token consist of, their nets, and how both change
// with the context, types, chips and tokens per step.

import { kStepColours } from '../common/colours.mjs';
import { bytesText, digits3, grouped, percentText, ratio, timeText } from '../common/format.mjs';
import { bodyOf, element, plainTable } from '../common/dom.mjs';
import { shape } from '../common/waterfall.mjs';
import { headParts } from '../common/header.mjs';
import { explainWords } from '../common/glossary.mjs';

const study = JSON.parse(document.getElementById('data').textContent);
const { summary, configuration, footprint } = study;
const time = (picoseconds) => timeText(picoseconds / 1000);
const perSecond = (picoseconds) => digits3(1e12 / picoseconds);
const phases = [
  ['a token', study.decode],
  ['the first token', study.prefill],
];

/** A figure with what 80 % of boards would measure. */
function tile(title, value, below) {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, title),
    element('dd', {}, element('span', { class: 'value' }, value), below),
  );
}

function showVerdict() {
  const rates = summary.tokens_per_s_interval;
  const first = summary.first_token_interval_ps;
  document.getElementById('verdict').append(
    element(
      'p',
      { class: 'verdict' },
      element('em', {}, `${digits3(summary.tokens_per_s)} tokens/s`),
      `, the first after ${time(summary.first_token_ps)}.`,
    ),
    study.advice === '' ? null : element('p', { class: 'gain' }, `${study.advice}.`),
    element(
      'dl',
      { class: 'tiles' },
      tile('tokens/s', digits3(summary.tokens_per_s), `${digits3(rates.low)} to ${digits3(rates.high)}`),
      tile('first token', time(summary.first_token_ps), `${time(first.low)} to ${time(first.high)}`),
      tile(
        'weights and cache',
        bytesText(summary.footprint_bytes),
        `of ${bytesText(footprint.capacity_bytes)}`,
      ),
      tile('largest context', grouped(summary.largest_context), 'tokens that fit'),
    ),
    ...study.notes.map((note) => element('p', { class: 'note' }, note)),
  );
}

/** The causes of a phase as one bar; shapes take their size in shares of 1000. */
function causesBar(label, phase) {
  let at = 0;
  const parts = [];
  Object.entries(phase.causes_ps).forEach(([key, value], i) => {
    const width = (1000 * value) / phase.time_ps;
    if (width > 0) {
      parts.push(
        shape(
          'rect',
          { x: at, y: 0, width: Math.max(0.1, width - 1.2), height: 10, fill: kStepColours[i] },
          shape('title', {}, `${study.titles[key]}: ${time(value)}`),
        ),
      );
    }
    at += width;
  });
  return element(
    'div',
    { class: 'bar' },
    element('span', { class: 'label' }, label, ' ', element('b', {}, time(phase.time_ps))),
    shape(
      'svg',
      {
        viewBox: '0 0 1000 10',
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `${label}: see the table`,
      },
      ...parts,
    ),
  );
}

function swatchOf(place) {
  return shape(
    'svg',
    { viewBox: '0 0 10 10', class: 'swatch', 'aria-hidden': 'true' },
    shape('rect', { width: 10, height: 10, rx: 2, fill: kStepColours[place] }),
  );
}

function showCauses() {
  const rows = Object.keys(study.titles)
    .map((key, i) => [key, i])
    .filter(([key]) => phases.some(([, phase]) => phase.causes_ps[key] > 0))
    .map(([key, i]) => [
      element('span', {}, swatchOf(i), study.titles[key]),
      ...phases.flatMap(([, phase]) => [
        time(phase.causes_ps[key]),
        percentText(ratio(phase.causes_ps[key], phase.time_ps)),
      ]),
    ]);
  bodyOf('causes').append(
    ...phases.map(([label, phase]) => causesBar(label, phase)),
    plainTable(
      'Causes',
      [
        { title: 'cause', whole: true },
        ...phases.flatMap(([label]) => [
          { title: label, numeric: true },
          { title: '%', numeric: true },
        ]),
      ],
      rows,
    ),
  );
}

function showNets() {
  const link = (name) => (study.has_pages ? element('a', { href: `${name}.html` }, name) : name);
  bodyOf('nets').append(
    ...phases.flatMap(([label, phase]) => [
      element('h3', {}, `Nets of ${label}`),
      plainTable(
        `Nets of ${label}`,
        [
          { title: 'net', whole: true },
          { title: 'count', numeric: true },
          { title: 'time of one', numeric: true },
          { title: 'total', numeric: true },
          { title: '%', numeric: true },
          { title: 'read', numeric: true },
          { title: 'BDC busy', numeric: true },
          { title: 'GDMA busy', numeric: true },
        ],
        phase.nets.map((net) => [
          net.name === 'vision' ? net.name : link(net.name),
          grouped(net.count),
          time(net.time_ps),
          time(net.total_ps),
          percentText(ratio(net.total_ps, phase.time_ps)),
          bytesText(net.read_bytes),
          percentText(ratio(net.bdc_busy_ps, net.time_ps)),
          percentText(ratio(net.gdma_busy_ps, net.time_ps)),
        ]),
      ),
    ]),
    study.has_pages
      ? element('p', {}, element('a', { href: 'token.html' }, 'One token, all nets in a row'))
      : element('p', { class: 'note' }, '--pages FOLDER also writes the ordinary report of each net.'),
  );
}

/** Hides a section that nobody asked for. */
function showTable(section, columns, rows, note = null) {
  document.getElementById(section).hidden = rows.length === 0;
  if (rows.length === 0) return;
  const title = document.getElementById(`${section}-title`).textContent;
  bodyOf(section).append(
    plainTable(title, columns, rows),
    ...(note === null ? [] : [element('p', { class: 'note' }, note)]),
  );
}

function showStudies() {
  const figures = ['tokens/s', 'first token', 'weights and cache'].map((title) => ({
    title,
    numeric: true,
  }));
  showTable(
    'curve',
    [{ title: 'context', numeric: true }, ...figures],
    (study.curve ?? []).map((point) => [
      grouped(point.context),
      point.fits ? perSecond(point.token_ps) : 'does not fit',
      point.fits ? `${point.extrapolated ? '~' : ''}${time(point.first_token_ps)}` : '-',
      bytesText(point.footprint_bytes),
    ]),
    `~ extrapolated from shorter prompts. A token reads more of the cache than of weights from ${grouped(study.cache_overtakes_weights_at ?? 0)} tokens on.`,
  );
  showTable(
    'variants',
    [{ title: 'way', whole: true }, ...figures],
    (study.variants ?? []).map((variant) =>
      variant.error === undefined
        ? [
            variant.name,
            perSecond(variant.token_ps),
            time(variant.first_token_ps),
            bytesText(variant.footprint_bytes),
          ]
        : [variant.name, variant.error, '-', '-'],
    ),
  );
  showTable(
    'rows',
    [
      { title: 'tokens', numeric: true },
      { title: 'step', numeric: true },
      { title: 'tokens/s', numeric: true },
    ],
    (study.rows_per_step ?? []).map((point) => [
      grouped(point.rows),
      time(point.step_ps),
      perSecond(point.step_ps / point.rows),
    ]),
  );
}

showVerdict();
showCauses();
showNets();
showStudies();
document
  .getElementById('header')
  .append(
    ...headParts(
      study.model.name,
      [
        configuration.chip,
        `${configuration.cores} ${configuration.cores === 1 ? 'core' : 'cores'}`,
        configuration.precision,
        `context ${configuration.context}`,
        `prompt ${configuration.prefill}`,
        `${configuration.host} host`,
        'simulated',
      ],
      { changed: () => {} },
    ),
  );
explainWords();
document.body.dataset.ready = '1';
