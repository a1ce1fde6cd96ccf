// The page of `explain --capabilities`.

import { patternsTable, rankingSentence, rankingTable } from '../common/capabilities.mjs';
import { explainWords } from '../common/glossary.mjs';
import { bodyOf, element } from '../common/dom.mjs';
import { headParts } from '../common/header.mjs';

const { context, capabilities } = JSON.parse(document.getElementById('data').textContent);

// Sections without content do not stay as empty boxes.
function fill(section, content) {
  document.getElementById(section).hidden = content === null;
  if (content !== null) bodyOf(section).append(content);
}

const titleOf = (section) => document.getElementById(`${section}-title`).textContent;
document
  .getElementById('verdict')
  .append(element('p', { class: 'verdict' }, rankingSentence(capabilities)));
fill('switches', rankingTable(capabilities, 'switch', titleOf('switches')));
fill('rules', rankingTable(capabilities, 'rule', titleOf('rules')));
fill('patterns', patternsTable(capabilities));
document
  .getElementById('header')
  .append(
    ...headParts(context.model, [context.chip, context.precision, 'simulated'], {
      changed: () => {},
    }),
  );
explainWords();
document.body.dataset.ready = '1';
