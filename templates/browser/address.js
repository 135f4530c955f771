/* The address: the whole state stands in the fragment, so that every view can be linked to. */

const DEFAULTS = {
  unit: '',
  concept: '',
  q: '',
  network: '',
  layer: '',
  kind: '',
  status: '',
  shared: '',
  sort: '',
  view: 'table',
  a: '',
  b: '',
  pick: '',
  heat: '60',
};
const VIEWS = ['table', 'pictures', 'scatter'];
let state = { ...DEFAULTS };

const encode = (part) => encodeURIComponent(part).replaceAll('%20', '+');

function decode(part) {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

function addressOf(unit) {
  return `${encode(unit.network.name)}/${encode(unit.layer.name)}-${unit.number}`;
}

function address(changes = {}) {
  const shown = { ...state, ...changes };
  const parts = shown.unit ? [shown.unit] : [];
  for (const [key, given] of Object.entries(shown)) {
    if (key !== 'unit' && given !== DEFAULTS[key]) parts.push(`${key}=${encode(given)}`);
  }
  return `#${parts.join('&')}`;
}

function parse(fragment) {
  const found = { ...DEFAULTS };
  for (const part of fragment.replace(/^#/, '').split('&')) {
    const [key, ...rest] = part.split('=');
    if (rest.length && Object.hasOwn(DEFAULTS, key)) found[key] = decode(rest.join('='));
    else if (part && !rest.length) found.unit = part;
  }
  if (!VIEWS.includes(found.view)) found.view = DEFAULTS.view;
  return found;
}

/* The unit that the address names, and what is wrong with it if there is none. */
function chosenUnit() {
  if (!state.unit) return null;
  const slash = state.unit.indexOf('/');
  const dash = state.unit.lastIndexOf('-');
  const name = decode(state.unit.slice(0, slash));
  const layerName = decode(state.unit.slice(slash + 1, dash));
  const digits = state.unit.slice(dash + 1);
  const network = study.networks.find((one) => one.name === name || one.slug === name);
  const layer = network?.layers.find((one) => one.name === layerName);
  return (/^\d+$/.test(digits) && layer?.at(Number(digits))) || null;
}

function chosenWord() {
  return state.concept ? study.words.indexOf(state.concept) : -1;
}

function chosenNetwork(side) {
  const named = study.networks.find((one) => one.name === state[side]);
  if (named) return named;
  if (study.pair) return study.networks[study.pair[side]];
  return study.networks[side === 'a' ? 0 : 1] ?? study.networks[0];
}

/* Goes to another state; a change of what is typed or dragged leaves no step to go back to. */
function go(changes, { replace = false } = {}) {
  const target = address(changes);
  state = parse(target);
  if (target !== (location.hash || '#')) {
    if (replace) history.replaceState(null, '', target);
    else history.pushState(null, '', target);
  }
  render();
}

function link(changes, attributes, ...children) {
  const anchor = el('a', { href: address(changes), ...attributes }, ...children);
  anchor.changes = changes;
  return anchor;
}

/* Lets the links of a part that stays as it is lead on from the state that is new. */
function renewLinks(place) {
  for (const anchor of place.querySelectorAll('a')) {
    if (anchor.changes) anchor.href = address(anchor.changes);
  }
}
