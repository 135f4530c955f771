/* The choice: which units the facets and the search leave, and in what order. */

const COLUMNS = [
  { key: 'network', head: 'network', of: (unit) => unit.network.name },
  { key: 'layer', head: 'layer', of: (unit) => unit.layer.name },
  { key: 'unit', head: 'unit', of: (unit) => unit.number, numeric: true },
  { key: 'label', head: 'label', of: (unit) => unit.label },
  { key: 'kind', head: 'kind', of: (unit) => study.kinds[unit.kind] ?? '' },
  { key: 'similarity', head: 'similarity', of: (unit) => value(unit, 'similarity'), numeric: true },
  ...MEASURES.map(([key, head, digits]) => ({ key, head, digits, of: (unit) => value(unit, key), numeric: true })),
];

/* The columns of which some unit has a value. */
function columns() {
  return COLUMNS.filter(
    (column) =>
      ['network', 'layer', 'unit', 'label'].includes(column.key) ||
      (column.key === 'kind' ? study.kinds.length : study.known.has(column.key)),
  );
}

const compareText = new Intl.Collator('en', { numeric: true }).compare;
const ordered = { key: null, units: [] };

/* All units in the order of a column; those without a value come last either way. */
function inOrder(sort) {
  if (ordered.key === sort && ordered.units.length === study.units.length) return ordered.units;
  const down = sort.startsWith('-');
  const column = COLUMNS.find((one) => one.key === sort.replace(/^-/, ''));
  let units = study.units;
  if (column) {
    const keyed = units.map((unit) => [column.of(unit), unit]);
    const absent = keyed.filter(([key]) => key === null || key === '');
    const present = keyed.filter(([key]) => key !== null && key !== '');
    const ranks = column.numeric ? null : rankOf(present.map(([key]) => key));
    present.sort(([x, one], [y, other]) => {
      const order = ranks ? ranks.get(x) - ranks.get(y) : x - y;
      return (down ? -order : order) || one.id - other.id;
    });
    units = [...present, ...absent].map(([, unit]) => unit);
  }
  Object.assign(ordered, { key: sort, units });
  return units;
}

function rankOf(texts) {
  const sorted = [...new Set(texts)].sort(compareText);
  return new Map(sorted.map((each, rank) => [each, rank]));
}

/* For each word, whether it labels units of the two networks that are compared: 1, 2 or both. */
function sharing() {
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  const other = partner(state.layer, a, b);
  const words = new Uint8Array(study.words.length);
  for (const unit of study.units) {
    if (unit.dead) continue;
    const { network, layer } = unit;
    if (network === a && (!state.layer || layer.name === state.layer)) words[unit.word] |= 1;
    else if (network === b && (!state.layer || layer.name === other)) words[unit.word] |= 2;
  }
  return words;
}

const SHARED = ['', 'a', 'b', 'both'];

/* What each facet says of a unit; a layer of B stands under the name of the layer of A that is
   compared with it. */
function facetsOf(words) {
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  return {
    network: (unit) => unit.network.name,
    layer: ({ network, layer }) => (network === b ? partner(layer.name, b, a) : layer.name),
    kind: (unit) => study.kinds[unit.kind] ?? 'none',
    status: (unit) => unit.status,
    shared: (unit) => (unit.dead ? '' : SHARED[words[unit.word]]),
  };
}

function tests(facets) {
  const found = [];
  const picked = state.pick ? new Set(state.pick.split('.').map(Number)) : null;
  const typed = fold(state.q.trim());
  const word = chosenWord();
  for (const [key, of] of Object.entries(facets)) {
    if (state[key]) found.push([key, (unit) => of(unit) === state[key]]);
  }
  if (state.concept) found.push(['', (unit) => unit.word === word]);
  if (typed) found.push(['', (unit) => study.folded[unit.word].includes(typed)]);
  if (picked) found.push(['', (unit) => picked.has(unit.id)]);
  return found;
}

/* The chosen units, in order, and for each facet how many units each of its options would leave. */
let chosen = { units: [], counts: {} };

function choose() {
  const facets = facetsOf(sharing());
  const checks = tests(facets);
  const keys = Object.keys(facets);
  const counts = Object.fromEntries(keys.map((key) => [key, new Map()]));
  const add = (key, unit) => {
    const option = facets[key](unit);
    counts[key].set(option, (counts[key].get(option) ?? 0) + 1);
  };
  const units = [];
  for (const unit of inOrder(state.sort)) {
    const failed = checks.filter(([, check]) => !check(unit));
    if (!failed.length) {
      units.push(unit);
      for (const key of keys) add(key, unit);
    } else if (failed.length === 1 && failed[0][0]) add(failed[0][0], unit);
  }
  chosen = { units, counts };
}
