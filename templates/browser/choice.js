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

/* For each word, whether it labels units of the two networks that are compared. */
function sharing() {
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  const layer = state.layer;
  const words = new Map();
  const bit = (unit) => {
    if (unit.network === a) return !layer || unit.layer.name === layer ? 1 : 0;
    if (unit.network === b) return !layer || unit.layer.name === partner(layer, a, b) ? 2 : 0;
    return 0;
  };
  for (const unit of study.units) {
    if (!unit.dead) words.set(unit.word, (words.get(unit.word) ?? 0) | bit(unit));
  }
  return words;
}

const SHARED = { both: 3, a: 1, b: 2 };

function inLayer(unit) {
  if (!state.layer || unit.layer.name === state.layer) return true;
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  return unit.network === b && unit.layer.name === partner(state.layer, a, b);
}

/* The tests of the state, by facet; a facet's own is left out where its options are counted. */
function tests() {
  const found = {};
  const picked = state.pick ? new Set(state.pick.split('.').map(Number)) : null;
  const typed = fold(state.q.trim());
  const word = chosenWord();
  const words = SHARED[state.shared] ? sharing() : null;
  if (state.network) found.network = (unit) => unit.network.name === state.network;
  if (state.layer) found.layer = inLayer;
  if (state.kind) found.kind = (unit) => (study.kinds[unit.kind] ?? 'none') === state.kind;
  if (state.status) found.status = (unit) => unit.status === state.status;
  if (words) {
    found.shared = (unit) => !unit.dead && words.get(unit.word) === SHARED[state.shared];
  }
  if (state.concept) found.concept = (unit) => unit.word === word;
  if (typed) found.q = (unit) => study.folded[unit.word].includes(typed);
  if (picked) found.pick = (unit) => picked.has(unit.id);
  return found;
}

function chosenUnits({ without = '', sort = state.sort } = {}) {
  const checks = Object.entries(tests())
    .filter(([name]) => name !== without)
    .map(([, check]) => check);
  return inOrder(sort).filter((unit) => checks.every((check) => check(unit)));
}
