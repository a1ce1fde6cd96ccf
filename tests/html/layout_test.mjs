// Modules of the report page by themselves, without a browser: the story, the layout of the network,
// marks of the axis, waits of commands, and addresses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../../profiles/pages/common/format.mjs';
import { linkRuns } from '../../profiles/pages/report/links.mjs';
import { groupBoxes, kNode, layOutNetwork } from '../../profiles/pages/report/layers.mjs';
import { State } from '../../profiles/pages/report/state.mjs';
import { storyOf } from '../../profiles/pages/report/story.mjs';
import { addressOf, applyAddress } from '../../profiles/pages/report/address.mjs';
import {
  criticalPath,
  longestGaps,
  pathTimes,
  reasonOf,
  waitersOf,
} from '../../profiles/pages/report/waiting.mjs';
import { runOf } from './page_data.mjs';

test('a story has a step for each family that changes the time, and none for the others', () => {
  const step = (name, time) => ({ switch: name, time });
  const switches = [step('', 70), step('a', 75), step('b', 50), step('c', 50), step('d', 40)];
  const families = [
    { title: '', switches: 1 },
    { title: 'transposes', switches: 2 },
    { title: 'idle', switches: 1 },
    { title: 'd', switches: 1 },
  ];
  const story = storyOf(switches, families);
  assert.deepEqual(
    story.map(({ title, before, time }) => [title, before, time]),
    [
      ['', 70, 70],
      ['transposes', 70, 50],
      ['d', 50, 40],
    ],
  );
  // Each member with the time before it.
  assert.deepEqual(
    story[1].members.map(([member, before]) => [member.switch, before]),
    [
      ['a', 70],
      ['b', 75],
    ],
  );
  assert.deepEqual(storyOf([], []), []);
});

// A chain of blocks with a branch each, as residual networks are, and a late input.
function blocks(count) {
  const [from, to] = [[], []];
  const edge = (a, b) => {
    from.push(a);
    to.push(b);
  };
  for (let i = 0; i < count; ++i) {
    const at = 3 * i;
    edge(at, at + 1);
    edge(at + 1, at + 2);
    edge(at, at + 2);
    if (i + 1 < count) edge(at + 2, at + 3);
  }
  edge(3 * count, 3 * count - 1); // the late input
  return { count: 3 * count + 1, from, to };
}

test('a layered layout has operands to the left or in lines above, and no two nodes on one place', () => {
  const graph = blocks(2000);
  const layout = layOutNetwork(graph, 600, 460);
  graph.from.forEach((from, edge) => {
    const to = graph.to[edge];
    assert.ok(layout.column[from] < layout.column[to]);
    const isAbove = layout.line[from] < layout.line[to];
    assert.ok(isAbove || (layout.line[from] === layout.line[to] && layout.x[from] < layout.x[to]));
  });
  const places = new Set();
  for (let node = 0; node < graph.count; ++node) {
    places.add(`${layout.x[node]} ${layout.y[node]}`);
    assert.ok(layout.x[node] >= 0 && layout.x[node] + kNode.width <= layout.width);
    assert.ok(layout.y[node] >= 0 && layout.y[node] + kNode.height <= layout.height);
  }
  assert.equal(places.size, graph.count);
  // It stands before the one that reads it, not at the beginning.
  assert.equal(layout.column.at(-1), layout.column.at(-2) - 1);
  // Long networks fill the room in lines.
  assert.ok(layout.tops.length > 10);
  assert.equal(layOutNetwork(blocks(1), 600, 460).tops.length, 1);
});

test('boxes hold the nodes of their group, in every line that it is in, and no group no box', () => {
  const graph = blocks(200);
  const layout = layOutNetwork(graph, 600, 460);
  const groupOf = (node) => (node < 300 ? Math.floor(node / 100) : -1);
  const boxes = groupBoxes(layout, graph.count, groupOf);
  assert.deepEqual([...new Set(boxes.map((box) => box.group))].sort(), [0, 1, 2]);
  for (let node = 0; node < 300; ++node) {
    assert.ok(
      boxes.some(
        (box) =>
          box.group === groupOf(node) &&
          box.x <= layout.x[node] &&
          box.y <= layout.y[node] &&
          box.x + box.width >= layout.x[node] + kNode.width &&
          box.y + box.height >= layout.y[node] + kNode.height,
      ),
    );
  }
  assert.deepEqual(groupBoxes(layout, graph.count, () => -1), []);
});

test('marks of an axis tell neighbours apart, and count from an offset where that takes many digits', () => {
  const texts = (from, to, step) => {
    const { offset, textOf } = format.axisTexts(from, to, step);
    const marks = [];
    for (let at = Math.ceil(from / step) * step; at < to; at += step) marks.push(textOf(at));
    return { offset: offset.replaceAll('\u00a0', ' '), marks: marks.map((mark) => mark.replaceAll('\u00a0', ' ')) };
  };
  assert.deepEqual(texts(0, 4e6, 1e6), { offset: '', marks: ['0 ms', '1 ms', '2 ms', '3 ms'] });
  assert.deepEqual(texts(1.2e6, 1.5e6, 1e5).marks, ['1.2 ms', '1.3 ms', '1.4 ms']);
  const deep = texts(3_217_512, 3_217_540, 10);
  assert.deepEqual(deep, { offset: '3.2175 ms', marks: ['+20 ns', '+30 ns'] });
  for (const [from, to, step] of [[0, 7e6, 5e5], [999_000, 1_001_000, 200], [5e9, 5e9 + 40, 5]]) {
    const { marks } = texts(from, to, step);
    assert.equal(new Set(marks).size, marks.length, marks.join(', '));
  }
});

// Two engines: a load of 10, a product that waits for it, a load that is hidden, a second product.
function waitingRun() {
  const spans = {
    count: 4,
    start: [5, 15, 15, 60],
    end: [15, 40, 55, 80],
    engine: [1, 0, 1, 0],
    core: [0, 0, 0, 0],
    id: [1, 1, 2, 2],
    waits: [-1, 0, -1, 2],
    op: [0, 0, 1, 1],
    form: [0, 1, 0, 1],
    forms: { kind: [0, 1] },
    kinds: ['Load', 'Conv'],
    queues: new Map([
      [0, [1, 3]],
      [1, [0, 2]],
    ]),
  };
  return { spans, ops: { name: ['a', 'b'], count: 2 } };
}

test('a command waits for its cause, and what did not wait has no reason', () => {
  const run = waitingRun();
  assert.match(reasonOf(run, 3), /^waited 20.*for Load of b on GDMA$/);
  assert.equal(reasonOf(run, 2), '');
  assert.deepEqual(waitersOf(run, 2), [3]);
  assert.deepEqual(waitersOf(run, 3), []);
});

test('the longest gaps are those between commands of BDC, with what ended them', () => {
  const gaps = longestGaps(waitingRun());
  assert.deepEqual(
    gaps.map(({ span, from, to }) => [span, from, to]),
    [[3, 40, 60]],
  );
  assert.equal(longestGaps(waitingRun(), 0).length, 0);
});

test('the critical path goes back over the later of queue and cause, and its times add up', () => {
  const run = waitingRun();
  assert.deepEqual(criticalPath(run), [0, 2, 3]);
  assert.deepEqual(criticalPath(run, 1), [0, 1]);
  const times = pathTimes(run, criticalPath(run));
  assert.deepEqual(times, { bdc: 20, gdma: 50, between: 10 });
  assert.equal(times.bdc + times.gdma + times.between, 80);
});

test('an address brings back what was looked at, and a foreign one changes nothing', () => {
  const make = () => {
    const runs = [{ ...runOf([['a', ['a'], 1], ['b/c&d', ['b'], 1]]) }];
    return new State({ runs }, linkRuns(runs));
  };
  const state = make();
  state.setView(20, 60);
  state.select(0, 1);
  state.setRange(30, 40);
  const other = make();
  assert.equal(applyAddress(`#${addressOf(state, 'soft max')}`, other), 'soft max');
  assert.deepEqual(other.view, state.view);
  assert.deepEqual(other.selection, state.selection);
  assert.deepEqual(other.range, state.range);
  const untouched = make();
  for (const address of ['', '#timeline', '#see&run=7&op=x&t=5-2&range=a-b&command=-3']) {
    assert.equal(applyAddress(address, untouched), '');
    assert.deepEqual(untouched.view, { from: 0, to: 100 });
    assert.equal(untouched.selection, null);
  }
  assert.equal(addressOf(untouched), '');
});
