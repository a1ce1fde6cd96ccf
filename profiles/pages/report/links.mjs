// Which operators of two runs stand for the same work: those that share a node of the source, as
// the passes handed it on. One may be many (split) and many may be one (fused), so that operators
// are linked in families.

function keysOf(ops, op) {
  return ops.origin[op].length > 0 ? ops.origin[op] : [ops.name[op]];
}

/**
 * Families of operators over all runs. `family[run][op]` is a number; `members[number][run]` lists
 * the operators of that family.
 */
export function linkRuns(runs) {
  const parent = new Map();
  const find = (key) => {
    let root = key;
    while (parent.get(root) !== root) root = parent.get(root);
    let at = key;
    while (parent.get(at) !== root) {
      const next = parent.get(at);
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  const join = (a, b) => {
    for (const key of [a, b]) if (!parent.has(key)) parent.set(key, key);
    parent.set(find(b), find(a));
  };
  for (const { ops } of runs) {
    for (let op = 0; op < ops.count; ++op) {
      const keys = keysOf(ops, op);
      for (const key of keys) join(keys[0], key);
    }
  }
  const numbers = new Map();
  const members = [];
  const family = runs.map(({ ops }, run) => {
    const numberOf = new Int32Array(ops.count);
    for (let op = 0; op < ops.count; ++op) {
      const root = find(keysOf(ops, op)[0]);
      if (!numbers.has(root)) {
        numbers.set(root, members.length);
        members.push(runs.map(() => []));
      }
      numberOf[op] = numbers.get(root);
      members[numberOf[op]][run].push(op);
    }
    return numberOf;
  });
  return { family, members };
}

/** Time attributed to a family in one run. */
export function blameOf(runs, links, number, run) {
  return links.members[number][run].reduce((sum, op) => sum + runs[run].ops.blame[op], 0);
}
