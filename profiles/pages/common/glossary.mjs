// Words of the page that the glossary explains: a tip over headings and titles of columns.

/** Meanings by word in small letters; "load, store" and "held (tensor)" are found by each word. */
export function meaningsOf(glossary) {
  const meanings = new Map();
  for (const { term, meaning } of glossary) {
    const words = term.replace(/ \([^)]*\)/g, '').split(', ');
    for (const word of [term, ...words]) meanings.set(word.toLowerCase(), meaning);
  }
  return meanings;
}

/** The meaning of a title, in the singular or with "time" behind it as well; null where the glossary has none. */
export function meaningOf(meanings, title) {
  const word = title.trim().toLowerCase();
  const forms = [word, word.replace(/s$/, ''), word.replace(/ies$/, 'y'), `${word} time`];
  return forms.map((form) => meanings.get(form)).find((meaning) => meaning !== undefined) ?? null;
}

/** Gives every title on the page its tip as soon as somebody points at it, and those there now. */
export function explainWords(signal) {
  const kTitles = 'th, dt, h2, h3';
  const meanings = meaningsOf(JSON.parse(document.getElementById('glossary').textContent));
  const explain = (title) => {
    if (title === null || title.title !== '') return;
    const meaning = meaningOf(meanings, title.textContent);
    if (meaning !== null) title.title = meaning;
  };
  document.querySelectorAll(kTitles).forEach(explain);
  document.addEventListener(
    'pointerover',
    ({ target }) => explain(target.closest?.(kTitles) ?? null),
    { signal },
  );
}
