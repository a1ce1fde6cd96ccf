// What every figure counts, in plain words: readers must be able to tell why two numbers differ.

import { bodyOf, element } from '../common/dom.mjs';

const kDefinitions = [
  [
    'Time',
    'From the launch to the end of the last command, launch included, as the simulator ' +
      'computes it. Cycles are this time in cycles of the BDC clock.',
  ],
  [
    'BDC, TPU_BD',
    'The engine that computes: matrix unit (cube) and vector units of all lanes. The vendor ' +
      'also calls it TIU.',
  ],
  ['GDMA, TPU_GDMA', 'The engine that moves data between DDR and local memory, and within DDR.'],
  [
    'Attributed time',
    'Every picosecond of the run is attributed to one operator: to the one whose command runs on ' +
      'BDC; else to the one whose transfer runs; else to the one whose command starts next. ' +
      'Launch and idle have no operator. Attributed times add up to the time. Busy times do not, because ' +
      'engines overlap.',
  ],
  [
    'Hidden',
    'Time of an operator’s transfers during which BDC computes something. It costs nothing.',
  ],
  [
    'Exposed loads, stores, DDR copies',
    'Time during which only a transfer from DDR, to DDR, or of another kind runs.',
  ],
  [
    'Useful compute at peak',
    'Time that the network’s multiply-accumulates take at the matrix unit’s peak rate. The ' +
      'tile of that name divides it by the time of the run, each operation counted at the peak ' +
      'of its own type.',
  ],
  [
    'Alignment padding',
    'Time in which lanes, columns and bursts that are not filled work on nothing.',
  ],
  [
    'Vector and special-function work',
    'Commands of BDC other than convolutions and matrix products.',
  ],
  [
    'Synchronisation and issue',
    'Start-up of commands that BDC runs, and time in which a command waits to be issued and ' +
      'nothing runs.',
  ],
  [
    'Group switch overhead',
    'Time from the end of a part of the plan, a group or an operator alone, to the first command ' +
      'of the next: both engines have run dry.',
  ],
  [
    'Local form',
    'A way to compute an operator slice by slice in local memory. An operator without one ' +
      'cannot be in a group: it is a layer by itself that goes through DDR.',
  ],
  [
    'Useful operations',
    'Operations that the network asks for / operations performed with all lanes and units ' +
      'filled up. It is the height of TPU_BD bars and the vendor’s uArchRate.',
  ],
  [
    'Bandwidth of a bar',
    'Payload of a transfer / its time, start-up included; bars of TPU_GDMA are as high as its ' +
      'share of the bus’s peak. A copy within DDR crosses the bus twice.',
  ],
  ['DDR traffic', 'Bytes on the bus in both directions, whole bursts included.'],
  ['TPU_LAYER', 'Attributed time over time: full height where BDC computes, half where only data moves.'],
  [
    'SUBNET',
    'Separates the launch from the network. The host and the control processor (the vendor’s ' +
      'NODE_OP) are not simulated.',
  ],
  [
    'Local memory',
    'All lanes hold the same addresses, so that one lane stands for all. A byte is held from ' +
      'the start of the command that writes it to the end of the last that reads it.',
  ],
  [
    'Global memory',
    'A weight is alive all the time, an input until its last reader, an output from its first ' +
      'byte, any other tensor from its first byte to its last reader. Views are counted once.',
  ],
  [
    'Roofline',
    'Useful operations per byte on the bus against useful operations per second; an ' +
      'operator’s time is the longest of its BDC time, GDMA time and attributed time. A multiply-' +
      'accumulate is two operations.',
  ],
  [
    'Group',
    'Operators that keep their tensors in local memory between them. n·c·d·h·w are the slices ' +
      'along these axes.',
  ],
  [
    'Change',
    'Operators of both runs that stand for the same nodes of the source are compared ' +
      'together, also where one was split or several were fused.',
  ],
  ['Simulated', 'No figure was measured on a chip.'],
];

/** Fills the section. */
export function showDefinitions() {
  bodyOf('definitions').append(
    element(
      'dl',
      { class: 'definitions' },
      kDefinitions.map(([name, text]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, text)),
      ),
    ),
  );
}
