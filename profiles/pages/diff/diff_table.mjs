// The table of operators: largest change first, sorted by a click on a title, filtered by typing.

import { bodyOf, button, element } from '../common/dom.mjs';
import { arrangedRows, kDiffColumns } from './diff_data.mjs';

const kShown = 100; // rows at first: long tables are slow to lay out

export class DiffTable {
  constructor(diff) {
    this.all = diff.rows;
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
          {},
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

  sortBy(column) {
    const isSame = this.order.key === column.key;
    this.order.isDown = isSame ? !this.order.isDown : column.numeric === true;
    this.order.key = column.key;
    this.show();
    this.head.querySelectorAll('button')[kDiffColumns.indexOf(column)].focus();
  }
}
