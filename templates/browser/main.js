/* The page as a whole: facets on the left, the chosen units in the middle, one unit on the right. */

const page = {};
const WORDS = { table: 'Table', pictures: 'Pictures', scatter: 'Scatter plot' };

function facet(key, head, options) {
  const counts = chosen.counts[key];
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const unknown = state[key] && !options.some(([option]) => option === state[key]);
  const shown = options.filter(([option]) => counts.has(option) || state[key] === option);
  if (unknown) shown.push([state[key], state[key]]);
  if (shown.length < 2 && !state[key]) return null;
  const each = ([option, said]) =>
    el('option', { value: option, selected: state[key] === option }, `${said.slice(0, 60)} (${counts.get(option) ?? 0})`);
  return el(
    'label',
    {},
    head,
    el(
      'select',
      { 'data-facet': key, onchange: (event) => go({ [key]: event.target.value, pick: '' }) },
      el('option', { value: '' }, `all (${all})`),
      ...shown.map(each),
    ),
  );
}

function showFacets() {
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  const names = (list) => [...new Set(list)].map((name) => [name, name]);
  const named = (network, name) => (network === b ? partner(name, b, a) : name);
  const layers = study.networks.flatMap((network) => network.layers.map(({ name }) => named(network, name)));
  const both = (name) => [name, partner(name, a, b) === name ? name : `${name} | ${partner(name, a, b)}`];
  const focused = document.activeElement?.dataset?.facet;
  const shared = [['both', 'both networks'], ['a', `only ${a.name}`], ['b', `only ${b.name}`]];
  const facets = [
    facet('network', 'network', names(study.networks.map(({ name }) => name))),
    facet('layer', 'layer', [...new Set(layers)].map(both)),
    facet('kind', 'kind of concept', [...names(study.kinds), ['none', 'none']]),
    facet('status', 'label', Object.entries(STATUS)),
    a === b || study.pair?.differ.length ? null : facet('shared', `labels of ${a.name.slice(0, 40)} and ${b.name.slice(0, 40)}${state.layer ? ', this layer' : ''}`, shared),
  ];
  page.facets.replaceChildren(...facets.filter(Boolean));
  if (focused) page.facets.querySelector(`[data-facet="${focused}"]`)?.focus();
}

/* How many units are chosen, and how many of each network if there are several. */
function counted(units) {
  const each = study.networks.map((network) => [network.name, units.filter((unit) => unit.network === network).length]);
  const some = each.filter(([, count]) => count);
  const by = some.length > 1 ? `: ${some.map(([name, count]) => `${name.slice(0, 30)} ${count}`).join(', ')}` : '';
  return `${units.length} of ${study.units.length} units${by}`;
}

function showViews(units) {
  const views = VIEWS.map((view) =>
    link({ view }, { 'aria-current': state.view === view ? 'true' : null, 'data-view': view }, WORDS[view]),
  );
  const chosen = ['concept', 'q', 'network', 'layer', 'kind', 'status', 'shared', 'pick'];
  const reset = Object.fromEntries(chosen.map((key) => [key, '']));
  const narrowed = chosen.some((key) => state[key]);
  page.views.replaceChildren(
    el('nav', { 'aria-label': 'Views' }, ...views),
    el('span', { role: 'status', id: 'count' }, counted(units)),
    el('span', {}, narrowed ? link(reset, { id: 'reset' }, 'show all') : ''),
    el('button', { type: 'button', id: 'save', onclick: save }, 'Save rows as CSV'),
  );
}

function notice(said) {
  page.notice.textContent = said;
  page.notice.hidden = !said;
}

function warnings() {
  const differ = study.pair?.differ ?? [];
  if (!differ.length) return '';
  return `These networks were dissected with different inputs (${differ.join(', ')}): nothing follows from a comparison of their labels.`;
}

function render() {
  notice(warnings());
  choose();
  const { units } = chosen;
  if (document.activeElement !== search.input) search.input.value = state.q;
  showFacets();
  showViews(units);
  showConcept(page.concept);
  table.box.hidden = state.view !== 'table';
  overview.box.hidden = state.view !== 'pictures';
  plot.box.hidden = state.view !== 'scatter';
  if (state.view === 'table') showTable(units);
  else if (state.view === 'pictures') showOverview(units);
  else showScatter(units);
  const unit = chosenUnit();
  showUnit(page.unit, unit);
  document.body.classList.toggle('with-unit', Boolean(unit));
  const shown = unit ? nameOf(unit) : state.concept;
  document.title = shown ? `${shown.slice(0, 80)} – ${study.title}` : `Units – ${study.title}`;
}

function onKey(event) {
  const typing = event.target.matches?.('input, select, textarea');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    search.input.focus();
    search.input.select();
  } else if (event.key === 'Escape') {
    if (state.unit) go({ unit: '' });
    else if (state.concept) go({ concept: '' });
    else if (state.q) go({ q: '' });
    else if (typing) event.target.blur();
    if (!typing && state.view === 'table') table.grid.focus();
  } else if (!typing && state.unit && ['ArrowLeft', 'ArrowRight'].includes(event.key)) {
    const { units } = chosen;
    const next = units[units.indexOf(chosenUnit()) + (event.key === 'ArrowLeft' ? -1 : 1)];
    if (next) {
      event.preventDefault();
      go({ unit: addressOf(next) }, { replace: true });
    }
  }
}

function begin(given) {
  study = arrange(given);
  page.notice = el('p', { class: 'notice', role: 'alert', hidden: true });
  page.facets = el('div', { class: 'facets' });
  page.views = el('div', { class: 'views' });
  page.concept = el('section', { class: 'concept-page', hidden: true });
  page.unit = el('aside', { class: 'unit-page', 'aria-label': 'Unit', hidden: true });
  const title = el('h1', {}, text(study.title, 160));
  document.getElementById('app').replaceChildren(
    el('header', {}, title, makeSearch()),
    el('div', { class: 'columns' }, el('section', { class: 'side', 'aria-label': 'Choice of units' }, page.facets), el('main', {}, page.notice, page.concept, page.views, makeTable(), makeOverview(), makeScatter()), page.unit),
  );
  document.addEventListener('keydown', onKey);
  const follow = () => {
    state = parse(location.hash);
    render();
  };
  window.addEventListener('popstate', follow);
  window.addEventListener('hashchange', follow);
  follow();
}

if (FILES.data) {
  load(FILES.data[0][0], () => begin(JSON.parse(received.data[0])));
} else begin(JSON.parse(block('data').join('\n')));
