// The table of operators: sorted by a click on a title, filtered by typing. A row selects its
// operator everywhere; an operator selected elsewhere finds its row.

import { announce, bodyOf, button, choice, element } from '../common/dom.mjs';
import { arranged, columnsOf, csvOf } from './op_columns.mjs';

const kPage = 100; // rows at first: long tables are slow to lay out

export class OperatorTable {
  constructor(state, timeline) {
    this.state = state;
    this.timeline = timeline;
    this.order = { filter: '', key: 'blame', isDown: true };
    this.limit = kPage;
    this.run = state.runs.length - 1;
    this.filterBox = element('input', {
      type: 'search',
      placeholder: 'Filter',
      spellcheck: 'false',
      'aria-label': 'Filter operators by name, type, bound or origin',
      oninput: (event) => {
        this.order.filter = event.target.value;
        this.show();
      },
    });
    this.count = element('span', { class: 'found', role: 'status' });
    this.pickRun = choice(
      'Run',
      state.runs.map((run, i) => [i, run.label]),
      this.run,
      (run) => {
        this.run = Number(run);
        this.show();
      },
    );
    this.head = element('thead', {});
    this.rows = element('tbody', {});
    this.rows.addEventListener('click', (event) => this.choose(event.target.closest('tr')));
    this.rows.addEventListener('keydown', (event) => this.key(event));
    this.more = button(
      '',
      () => {
        this.limit = Infinity;
        this.show();
      },
      { class: 'more' },
    );
    const copy = button('Copy as CSV', () => this.copy());
    bodyOf('operators').append(
      element(
        'div',
        { class: 'tools' },
        this.filterBox,
        this.count,
        state.runs.length > 1 ? this.pickRun : null,
        copy,
      ),
      element(
        'div',
        { class: 'scroll tall' },
        element(
          'table',
          { class: 'operators' },
          element('caption', { class: 'unseen' }, 'Operators by the time attributed to them'),
          this.head,
          this.rows,
        ),
      ),
      this.more,
      element(
        'p',
        { class: 'dim' },
        'Attributed time belongs to one operator each, so that all of it ' +
          'adds up to the time of the run. Arrow keys move among rows, Enter selects.',
      ),
    );
    state.subscribe((what) => {
      if (what === 'selection') this.markSelected();
      if (what === 'show-operator') this.reveal();
    });
    this.show();
  }

  show() {
    this.columns = columnsOf(this.state, this.run);
    const { key, isDown } = this.order;
    this.head.replaceChildren(
      element(
        'tr',
        {},
        this.columns.map((column) =>
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
    this.arranged = arranged(this.state, this.run, this.columns, this.order);
    this.rows.replaceChildren(
      ...this.arranged.slice(0, this.limit).map((op, i) =>
        element(
          'tr',
          { 'data-op': op, tabindex: i === 0 ? '0' : '-1' },
          this.columns.map((column, at) =>
            element(
              'td',
              {
                class:
                  [column.numeric ? 'number' : '', column.tone?.(op) ?? '', at === 0 ? 'name' : '']
                    .join(' ')
                    .trim() || null,
                title: at === 0 ? column.text(op) : (column.tip?.(op) ?? null),
              },
              // What is cut is the beginning: names of operators differ at their ends.
              at === 0 ? element('bdi', {}, column.text(op)) : column.text(op),
            ),
          ),
        ),
      ),
    );
    const { ops } = this.state.runs[this.run];
    this.count.textContent =
      this.arranged.length === ops.count
        ? `${ops.count} operators`
        : `${this.arranged.length} of ${ops.count}`;
    this.more.hidden = this.arranged.length <= this.limit;
    this.more.textContent = `Show all ${this.arranged.length}`;
    this.markSelected();
  }

  sortBy(column) {
    const isSame = this.order.key === column.key;
    this.order.isDown = isSame ? !this.order.isDown : column.numeric === true;
    this.order.key = column.key;
    this.show();
    this.head
      .querySelectorAll('button')
      [this.columns.findIndex((each) => each.key === column.key)].focus();
  }

  choose(row) {
    if (row === null) return;
    this.timeline.showOp(this.run, Number(row.dataset.op));
    announce(`${this.state.runs[this.run].ops.name[Number(row.dataset.op)]} is selected.`);
  }

  key(event) {
    const row = event.target.closest('tr');
    const to = {
      ArrowDown: row?.nextElementSibling,
      ArrowUp: row?.previousElementSibling,
      Home: this.rows.firstElementChild,
      End: this.rows.lastElementChild,
    }[event.key];
    if (event.key === 'Enter' || event.key === ' ') this.choose(row);
    else if (to) this.focusRow(to);
    else return;
    event.preventDefault();
  }

  focusRow(row) {
    for (const each of this.rows.querySelectorAll('tr[tabindex="0"]')) each.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  markSelected() {
    const { selection } = this.state;
    const marks = this.state.marks[this.run];
    for (const row of this.rows.children) {
      const op = Number(row.dataset.op);
      const isOn = selection !== null && marks !== null && marks[op] === 1;
      row.toggleAttribute('aria-current', isOn);
      row.classList.toggle('selected', isOn);
    }
  }

  /** Brings the row of the selected operator into view. */
  reveal() {
    const { selection } = this.state;
    if (selection === null || selection.op < 0) return;
    if (this.run !== selection.run || !this.arranged.includes(selection.op)) {
      this.run = selection.run;
      this.order.filter = this.filterBox.value = '';
    }
    this.limit = Infinity;
    this.show();
    const row = this.rows.querySelector(`tr[data-op="${selection.op}"]`);
    if (row === null) return;
    row.scrollIntoView({ block: 'center' });
    this.focusRow(row);
  }

  copy() {
    const text = csvOf(this.columns, this.arranged);
    // Pages that are opened from a file may not always use the clipboard.
    const save = () => {
      const link = element('a', {
        href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })),
        download: 'operators.csv',
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    if (navigator.clipboard === undefined) save();
    else navigator.clipboard.writeText(text).then(() => announce('Copied.'), save);
  }
}
