// What the compiler lacks, where the page has the ranking (`profile --capabilities`).

import { patternsTable, rankingSentence, rankingTable } from '../common/capabilities.mjs';
import { bodyOf, element } from '../common/dom.mjs';

/** Fills the section. */
export function showCapabilities({ data: { capabilities } }) {
  if (capabilities === null) return;
  const blocks = [
    ['Switches that are off', rankingTable(capabilities, 'switch', 'Switches that are off')],
    ['Rules without local-memory support', rankingTable(capabilities, 'rule', 'Rules without local-memory support')],
    ['Ops that they concern', patternsTable(capabilities)],
  ].filter(([, table]) => table !== null);
  bodyOf('capabilities').append(
    element('p', {}, rankingSentence(capabilities)),
    ...blocks.flatMap(([title, table]) => [element('h3', {}, title), table]),
  );
}
