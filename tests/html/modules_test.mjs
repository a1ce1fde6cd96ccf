// The page's modules by themselves, without a browser: what is computed is right, and the modules
// can be joined into one script as cmake/bundle_html.cmake does it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binRow, makeBins, spanAt, summariseRange } from '../../profiles/pages/common/bins.mjs';
import { unpack, upperBound } from '../../profiles/pages/common/columns.mjs';
import { aliveOver, busBins } from '../../profiles/pages/report/ddr_map.mjs';
import * as format from '../../profiles/pages/common/format.mjs';
import { blameOf, linkRuns } from '../../profiles/pages/report/links.mjs';
import { accessIndex, localOf, useOver } from '../../profiles/pages/report/local_use.mjs';
import { roofAt, rooflinePoints } from '../../profiles/pages/report/roofline.mjs';
import { State } from '../../profiles/pages/report/state.mjs';
import { pack, runOf } from './page_data.mjs';

const kFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../profiles/pages/report');

test('packed columns come back, negative and large numbers included', () => {
  const numbers = [0, -1, 1, 63, 64, -65, 2 ** 31, -(2 ** 40), 2 ** 52];
  assert.deepEqual([...unpack(pack(numbers))], numbers);
  assert.deepEqual([...unpack('v')], []);
  // Zigzag: 10 is 20 (0x14), -3 is 5 (0x05); as differences they are 10 and 7.
  assert.deepEqual([...unpack(`d${Buffer.from([20, 5]).toString('base64')}`)], [10, 7]);
});

test('upperBound finds the first element above a limit', () => {
  assert.equal(upperBound([1, 3, 3, 7], 3), 3);
  assert.equal(upperBound([1, 3, 3, 7], 7), 4);
  assert.equal(upperBound([], 7), 0);
});

test('texts of an axis are left out where they would touch', () => {
  // The last ends at its mark and takes 40, half of its neighbour takes 20, and 6 lie between.
  assert.equal(format.labelEvery(66, 40), 1);
  assert.equal(format.labelEvery(65, 40), 2);
  assert.equal(format.labelEvery(33, 40), 2);
  assert.equal(format.labelEvery(32, 40), 3);
});

test('figures have three digits and a unit', () => {
  const plain = (text) => text.replaceAll('\u00a0', ' ');
  assert.equal(plain(format.timeText(4_858_831)), '4.86 ms');
  assert.equal(plain(format.timeText(999.9)), '1.00 µs');
  assert.equal(plain(format.timeText(0)), '0 ns');
  assert.equal(plain(format.bytesText(1024 * 1024 * 10.6)), '10.6 MiB');
  assert.equal(plain(format.siText(8.192e12)), '8.19 T');
  assert.equal(plain(format.changeText(200, 188)), '−6.0 %');
  assert.equal(format.changeText(5, 5), '=');
  assert.equal(format.grouped(5155715).replaceAll('\u202f', ' '), '5 155 715');
  assert.equal(format.ratio(3, 0), 0);
  assert.equal(format.niceStep(1000, 4), 500);
});

function row(spans) {
  return {
    count: spans.length,
    start: Float64Array.from(spans, (span) => span[0]),
    end: Float64Array.from(spans, (span) => span[1]),
    height: Float32Array.from(spans, (span) => span[2] ?? 1),
    op: Int32Array.from(spans, (span) => span[3] ?? 0),
  };
}

test('spans below a pixel are summed: cover, height and colour of the longest', () => {
  // Ten pixels of 10 ns each. The first holds 2 ns of height 1 and 6 ns of height 0.5.
  const spans = row([
    [0, 2, 1],
    [3, 9, 0.5],
    [50, 80, 1],
  ]);
  const bins = makeBins(10);
  const wide = [];
  binRow(spans, 0, 100, bins, 1.5, [4, 5, 6], null, (index, x0, x1) => wide.push([index, x0, x1]));
  assert.ok(Math.abs(bins.cover[0] - 0.8) < 1e-6);
  assert.ok(Math.abs(bins.weight[0] - (0.2 * 1 + 0.6 * 0.5)) < 1e-6);
  assert.equal(bins.colour[0], 5);
  assert.equal(bins.cover[1], 0);
  assert.deepEqual(wide, [[2, 5, 8]]);
});

test('spans that touch the view are in it, others are not, and marks reach their pixels', () => {
  const spans = row([
    [0, 10, 1, 0],
    [10, 12, 1, 1],
    [99, 101, 1, 0],
    [200, 201, 1, 1],
  ]);
  const bins = makeBins(10);
  const drawn = [];
  binRow(spans, 10, 110, bins, 1.5, [0, 0, 0, 0], [0, 1], (index) => drawn.push(index));
  assert.deepEqual(drawn, []);
  assert.equal(bins.marked[0], 1);
  assert.equal(bins.marked[8], 0);
  // 99 to 101 lies half in pixel 8 (90 to 100) and half in pixel 9.
  assert.ok(bins.cover[8] > 0.09 && bins.cover[9] > 0.09);
  assert.equal([...bins.cover].filter((cover) => cover > 0).length, 3);
});

test('the span under the pointer is the one that holds the time, else the nearest in reach', () => {
  const spans = row([
    [0, 10],
    [20, 30],
    [34, 40],
  ]);
  assert.equal(spanAt(spans, 25, 0), 1);
  assert.equal(spanAt(spans, 15, 2), -1);
  assert.equal(spanAt(spans, 33, 2), 2);
  assert.equal(spanAt(spans, 99, 2), -1);
});

test('operators of two runs are linked by the nodes that they stand for, split and fused ones too', () => {
  const before = runOf([
    ['qkv', ['qkv'], 5],
    ['add', ['add'], 2],
    ['relu', ['relu'], 1],
    ['gone', ['gone'], 1],
  ]);
  const after = runOf([
    ['q', ['qkv'], 2],
    ['kv', ['qkv'], 2],
    ['addrelu', ['add', 'relu'], 2],
  ]);
  const links = linkRuns([before, after]);
  assert.equal(links.family[1][0], links.family[0][0]);
  assert.equal(links.family[1][0], links.family[1][1]);
  assert.equal(links.family[0][1], links.family[0][2]);
  assert.deepEqual(links.members[links.family[0][3]], [[3], []]);
  assert.equal(blameOf([before, after], links, links.family[0][0], 1), 4);
});

test('a selection marks its operator and its family in the other run', () => {
  const runs = [
    runOf([
      ['a', ['a'], 1],
      ['b', ['b'], 1],
    ]),
    runOf([
      ['a1', ['a'], 1],
      ['a2', ['a'], 1],
    ]),
  ];
  const state = new State({ runs }, linkRuns(runs));
  state.select(0, 0);
  assert.deepEqual(
    state.marks.map((marks) => [...marks]),
    [
      [1, 0],
      [1, 1],
    ],
  );
  state.clear();
  assert.deepEqual(state.marks, [null, null]);
});

test('the view stays on the timeline, whatever is asked for', () => {
  const runs = [runOf([])];
  const state = new State({ runs }, linkRuns(runs));
  state.setView(-50, 0);
  assert.deepEqual(state.view, { from: 0, to: 50 });
  state.setView(90, 140);
  assert.deepEqual(state.view, { from: 50, to: 100 });
  state.zoom(1e-9, 60);
  assert.ok(state.view.to - state.view.from >= 20 - 1e-9);
  state.zoom(1e9);
  assert.deepEqual(state.view, { from: 0, to: 100 });
});

test('what runs in a measured stretch counts by the part of it that lies within', () => {
  const run = {
    spans: {
      count: 2,
      start: [0, 5],
      end: [10, 15],
      engine: [0, 1],
      form: [0, 1],
      op: [0, 1],
      forms: { bytes: [0, 100] },
    },
  };
  const sum = summariseRange(run, 5, 10);
  assert.deepEqual([sum.bdc, sum.gdma, sum.bytes], [5, 5, 50]);
  assert.deepEqual(sum.ops, [
    [0, 5],
    [1, 5],
  ]);
});

test('memory in use rises and falls with lifetimes; what goes makes room first', () => {
  const { time, bytes } = useOver({ from: [0, 10], until: [10, 20], bytes: [8, 4] });
  assert.deepEqual([...time], [0, 10, 10, 20]);
  assert.deepEqual([...bytes], [8, 0, 4, 0]);
});

test('each core has its own local memory, by the core that writes', () => {
  const spans = { count: 3, core: [0, 1, 0], start: [4, 0, 1], end: [9, 3, 2] };
  const local = { from: [0, 1, 4], until: [3, 2, 9], address: [0, 0, 8], bytes: [8, 4, 2], writer: [1, 2, 0] };
  const first = localOf({ local, spans }, 0);
  assert.deepEqual([...first.writer], [2, 0]);
  assert.deepEqual([...first.bytes], [4, 2]);
  assert.deepEqual([...localOf({ local, spans }, 1).bytes], [8]);
  assert.equal(localOf({ local, spans: { core: [0, 0, 0] } }, 0), local);
  const { order, longest } = accessIndex({ spans }, 0);
  assert.deepEqual([order, longest], [[2, 0], 5]);
});

test('tensors alive in DDR are summed by role', () => {
  const alive = aliveOver({
    roles: ['weight', 'activation'],
    role: [0, 1, 1],
    bytes: [100, 7, 3],
    from: [0, 5, 10],
    until: [20, 10, 20],
  });
  assert.deepEqual(alive.time, [0, 5, 10, 20]);
  assert.deepEqual(alive.bytes, [
    [100, 100, 100, 0],
    [0, 7, 3, 0],
  ]);
});

test('bytes on the bus are spread over the pixels of their transfer, and none is lost', () => {
  const run = {
    spans: {
      count: 2,
      start: [0, 0],
      end: [20, 20],
      engine: [1, 0],
      form: [0, 0],
      forms: { read: [40], write: [10] },
    },
  };
  const { read, write } = busBins(run, 0, 40, 4);
  assert.deepEqual([...read], [20, 20, 0, 0]);
  assert.deepEqual([...write], [5, 5, 0, 0]);
});

test('no operator is above its roof when its engines are not', () => {
  const summary = { peak_ddr_bytes_per_second: 10e9, peak_macs_per_second: 1e12 };
  // 1000 bytes take 100 ns on the bus, 20,000 operations 10 ns on the cube.
  const ops = { count: 1, bdc: [10], gdma: [100], blame: [40], useful: [20000], ddr: [1000] };
  const [point] = rooflinePoints({ ops });
  assert.equal(point.intensity, 20);
  assert.ok(point.rate <= roofAt(summary, point.intensity) * (1 + 1e-9));
});

// --- how the modules are joined ---

const kPages = ['report', 'accuracy', 'diff', 'sweep'];

/** The modules of a page in their order, by the path from the page's folder. */
async function modules(page) {
  const folder = path.join(kFolder, '..', page);
  const names = (await readFile(path.join(folder, 'modules.txt'), 'utf8')).trim().split('\n');
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
}

test('every module is in the list, behind all that it imports from', async () => {
  for (const page of kPages) {
    const list = await modules(page);
    const files = (await readdir(path.join(kFolder, '..', page))).filter((file) =>
      file.endsWith('.mjs'),
    );
    // Of the folder `common` a page takes what it needs.
    const own = list.map(({ name }) => name).filter((name) => !name.startsWith('../common/'));
    assert.deepEqual(own.sort(), files.sort());
    const seen = new Set();
    for (const { name, text } of list) {
      for (const [, source] of text.matchAll(/^import [^;]*from '(\.[^']+)';/gm)) {
        const imported = path.posix.join(path.posix.dirname(name), source);
        assert.ok(seen.has(imported), `${page}: ${name} imports ${source}, which comes later`);
      }
      seen.add(name);
    }
  }
});

test('imports do not rename, and no two modules of a page declare one name', async () => {
  for (const page of kPages) {
    const owner = new Map();
    for (const { name, text } of await modules(page)) {
      for (const [statement] of text.matchAll(/^import [^;]*;/gm)) {
        assert.doesNotMatch(statement, / as |\* /, `${page}: ${name}: ${statement}`);
      }
      for (const [, declared] of text.matchAll(
        /^(?:export )?(?:async )?(?:function|class|const|let) ([\w$]+)/gm,
      )) {
        assert.ok(
          !owner.has(declared),
          `${page}: ${declared} is declared by ${owner.get(declared)} and ${name}`,
        );
        owner.set(declared, name);
      }
    }
  }
});
