// Every point as a row: sorted by a click on a column, the best marked. The accessible form of the
// charts.

import { announce, bodyOf, button, element } from '../common/dom.mjs';
import { figureText } from './sweep_data.mjs';

const kFirstRows = 200;

export class SweepTable {
  constructor(sweep) {
    this.sweep = sweep;
    this.limit = kFirstRows;
    this.columns = [
      ...sweep.axes.map((axis, i) => ({
        title: axis.key,
        numeric: axis.numbers !== null,
        key: (point) => (axis.numbers === null ? point.values[i] : axis.numbers[point.values[i]]),
        text: (point) => axis.values[point.values[i]],
      })),
      ...sweep.metrics.map((metric) => ({
        title: metric.title,
        numeric: true,
        isFigure: true,
        key: (point) => (point.error === null ? point.figure(metric.name) : Infinity),
        text: (point) => figureText(metric.name, point.figure(metric.name)),
      })),
      {
        title: 'marks',
        numeric: false,
        key: (point) => this.marksOf(point),
        text: (point) => this.marksOf(point),
      },
    ];
    this.sorted = null; // as the grid has them
    this.ascending = true;
    this.draw();
  }

  marksOf(point) {
    return [
      point.index === this.sweep.reference
        ? this.sweep.reference_is_base
          ? 'baseline'
          : 'reference'
        : '',
      point.index === this.sweep.best ? 'best' : '',
      point.isUnbeaten ? 'pareto' : '',
    ]
      .filter((mark) => mark !== '')
      .join(', ');
  }

  sortBy(column) {
    this.ascending = this.sorted === column ? !this.ascending : true;
    this.sorted = column;
    this.draw();
    announce(`Sorted by ${column.title}, ${this.ascending ? 'ascending' : 'descending'}`);
  }

  rows() {
    const points = [...this.sweep.points];
    if (this.sorted === null) return points;
    const sign = this.ascending ? 1 : -1;
    return points.sort((a, b) => {
      const [x, y] = [this.sorted.key(a), this.sorted.key(b)];
      return x === y ? a.index - b.index : x < y ? -sign : sign;
    });
  }

  cellsOf(point) {
    if (point.error === null) {
      return this.columns.map((column) =>
        element('td', { class: column.numeric ? 'number' : null }, column.text(point)),
      );
    }
    const figures = this.columns.filter(({ isFigure }) => isFigure).length;
    return [
      ...this.columns
        .filter((_, i) => i < this.sweep.axes.length)
        .map((column) =>
          element('td', { class: column.numeric ? 'number' : null }, column.text(point)),
        ),
      element('td', { class: 'failure', colspan: String(figures + 1) }, `failed: ${point.error}`),
    ];
  }

  draw() {
    const points = this.rows();
    const shown = points.slice(0, this.limit);
    const heads = this.columns.map((column) =>
      element(
        'th',
        {
          scope: 'col',
          class: column.numeric ? 'number' : null,
          'aria-sort':
            this.sorted !== column ? 'none' : this.ascending ? 'ascending' : 'descending',
        },
        button(column.title, () => this.sortBy(column), { class: 'sort' }),
      ),
    );
    const table = element(
      'table',
      { class: 'points' },
      element('caption', { class: 'unseen' }, 'Every point of the sweep'),
      element('thead', {}, element('tr', {}, heads)),
      element(
        'tbody',
        {},
        shown.map((point) =>
          element(
            'tr',
            { class: point.index === this.sweep.best ? 'best' : null },
            this.cellsOf(point),
          ),
        ),
      ),
    );
    const frame = element(
      'div',
      { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Points' },
      table,
    );
    const more =
      shown.length < points.length
        ? button(
            `Show all ${points.length} points`,
            () => {
              this.limit = points.length;
              this.draw();
            },
            { class: 'more' },
          )
        : null;
    bodyOf('points').replaceChildren(...[frame, more].filter((part) => part !== null));
  }
}
