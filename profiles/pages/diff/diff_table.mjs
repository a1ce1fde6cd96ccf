// The table of operators: largest change first, sorted by a click on a title, filtered by typing.

import { bodyOf, button, element } from '../common/dom.mjs';
import { arrangedRows, kDiffColumns } from './diff_data.mjs';

const kShown = 100; // rows at first: long tables are slow to lay out

export class DiffTable {
  /** `onselect` is told the number of a row that somebody chose, or -1. */
  constructor(diff, onselect = () => {}) {
    this.all = diff.rows;
    this.numbers = new Map(diff.rows.map((row, number) => [row, number]));
    this.selected = -1;
    this.onselect = onselect;
    this.order = { filter: '', key: 'change', isDown: true };
    this.limit = kShown;
    this.count = element('span', { class: 'found', role: 'status' });
    this.head = element('thead', {});
    this.body = element('tbody', {});
    this.more = button(
      '',
      () => {
        this.limit = Infinity;
        this.show();
      },
      { class: 'more' },
    );
    bodyOf('operators').append(
      element(
        'div',
        { class: 'tools' },
        element('input', {
          type: 'search',
          placeholder: 'Filter',
          spellcheck: 'false',
          'aria-label': 'Filter operators by name, type or match',
          oninput: (event) => {
            this.order.filter = event.target.value;
            this.show();
          },
        }),
        this.count,
      ),
      element(
        'div',
        { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Operators' },
        element(
          'table',
          { class: 'operators' },
          element('caption', { class: 'unseen' }, 'Operators by the change of their time'),
          this.head,
          this.body,
        ),
      ),
      this.more,
    );
    this.show();
  }

  show() {
    const { key, isDown } = this.order;
    this.head.replaceChildren(
      element(
        'tr',
        {},
        kDiffColumns.map((column) =>
          element(
            'th',
            {
              scope: 'col',
              class: column.numeric ? 'number' : null,
              'aria-sort': column.key !== key ? 'none' : isDown ? 'descending' : 'ascending',
            },
            button(column.title, () => this.sortBy(column), { class: 'sort' }),
          ),
        ),
      ),
    );
    const rows = arrangedRows(this.all, this.order);
    this.body.replaceChildren(
      ...rows.slice(0, this.limit).map((row) =>
        element(
          'tr',
          {
            tabindex: '0',
            class: this.numbers.get(row) === this.selected ? 'selected' : null,
            'aria-selected': String(this.numbers.get(row) === this.selected),
            onclick: () => this.choose(this.numbers.get(row)),
            onkeydown: (event) => {
              if (event.key === 'Enter') this.choose(this.numbers.get(row));
            },
          },
          kDiffColumns.map((column, at) => {
            const classes = [column.numeric ? 'number' : '', column.tone?.(row) ?? ''];
            if (at === 0) classes.push('name');
            return element(
              'td',
              {
                class: classes.join(' ').trim() || null,
                title: at === 0 ? `${row.base.join(', ')} → ${row.now.join(', ')}` : null,
              },
              // What is cut is the beginning: names of operators differ at their ends.
              at === 0 ? element('bdi', {}, column.text(row)) : column.text(row),
            );
          }),
        ),
      ),
    );
    this.count.textContent =
      rows.length === this.all.length
        ? `${rows.length} rows`
        : `${rows.length} of ${this.all.length}`;
    this.more.hidden = rows.length <= this.limit;
    this.more.textContent = `Show all ${rows.length}`;
  }

  /** A row that somebody chose in the table; the same again takes it back. */
  choose(number) {
    this.selected = number === this.selected ? -1 : number;
    this.show();
    this.body.querySelector('tr.selected')?.focus();
    this.onselect(this.selected);
  }

  /** Shows a row that was chosen elsewhere. */
  select(number) {
    this.selected = number;
    if (arrangedRows(this.all, this.order).indexOf(this.all[number]) >= this.limit) {
      this.limit = Infinity;
    }
    this.show();
    this.body.querySelector('tr.selected')?.scrollIntoView({ block: 'nearest' });
  }

  sortBy(column) {
    const isSame = this.order.key === column.key;
    this.order.isDown = isSame ? !this.order.isDown : column.numeric === true;
    this.order.key = column.key;
    this.show();
    this.head.querySelectorAll('button')[kDiffColumns.indexOf(column)].focus();
  }
}
