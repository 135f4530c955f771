/* The search box with its completions, and the page of one concept. */

const LISTED = 12;
const search = { options: [], at: -1 };

function makeSearch() {
  search.list = el('ul', { role: 'listbox', id: 'found', 'aria-label': 'Concepts', hidden: true });
  search.input = el('input', {
    type: 'search', id: 'search', role: 'combobox', placeholder: 'concept (/)', autocomplete: 'off',
    spellcheck: 'false', maxlength: '20000', 'aria-label': 'Search concepts', 'aria-expanded': 'false', 'aria-controls': 'found',
    'aria-autocomplete': 'list', oninput: type, onkeydown: onSearchKey,
    onblur: () => setTimeout(closeList, 150),
  });
  return el('div', { class: 'search', role: 'search' }, search.input, search.list);
}

function type() {
  const typed = search.input.value;
  go({ q: typed, concept: '' }, { replace: true });
  listWords(fold(typed.trim()));
}

function listWords(typed) {
  const found = [];
  if (typed) {
    for (const [word, folded] of study.folded.entries()) {
      if (study.ofWord[word].length && folded.includes(typed)) found.push(word);
    }
    const rank = (word) => (study.folded[word] === typed ? 0 : study.folded[word].startsWith(typed) ? 1 : 2);
    const many = (word) => study.ofWord[word].length;
    found.sort((x, y) => rank(x) - rank(y) || many(y) - many(x) || compareText(study.words[x], study.words[y]));
  }
  search.options = found.slice(0, LISTED);
  search.at = -1;
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  search.list.replaceChildren(
    ...search.options.map((word, at) =>
      el(
        'li',
        { role: 'option', id: `found-${at}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); openWord(word); } },
        text(study.words[word], 40),
        el('span', { class: 'counts' }, a === b ? String(countOf(word, a)) : `${countOf(word, a)} | ${countOf(word, b)}`),
      ),
    ),
  );
  search.list.hidden = !search.options.length;
  search.input.setAttribute('aria-expanded', String(!search.list.hidden));
  search.input.removeAttribute('aria-activedescendant');
}

function closeList() {
  search.list.hidden = true;
  search.input.setAttribute('aria-expanded', 'false');
  search.input.removeAttribute('aria-activedescendant');
}

function openWord(word) {
  closeList();
  search.input.value = '';
  go({ concept: study.words[word], q: '', unit: '' });
}

function onSearchKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && search.options.length) {
    event.preventDefault();
    search.at = (search.at + step + search.options.length) % search.options.length;
    for (const [at, option] of [...search.list.children].entries()) {
      option.setAttribute('aria-selected', String(at === search.at));
    }
    search.list.children[search.at].scrollIntoView({ block: 'nearest' });
    search.input.setAttribute('aria-activedescendant', `found-${search.at}`);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    const exact = study.folded.indexOf(fold(search.input.value.trim()));
    const word = search.options[search.at] ?? (exact >= 0 && study.ofWord[exact].length ? exact : search.options[0]);
    if (word !== undefined) openWord(word);
  } else if (event.key === 'Escape' && !search.list.hidden) {
    event.stopPropagation();
    closeList();
  }
}

/* The page of a concept: the units of two networks side by side, the most similar first. */

const SHOWN = 40;

let shownConcept = '';

function showConcept(place) {
  place.hidden = !state.concept;
  const about = [state.concept, state.a, state.b, state.layer].map(encode).join('&');
  if (about === shownConcept) {
    renewLinks(place);
    return;
  }
  shownConcept = about;
  if (!state.concept) {
    place.replaceChildren();
    return;
  }
  const word = chosenWord();
  if (word < 0 || !study.ofWord[word].length) {
    place.replaceChildren(el('h2', {}, text(state.concept, 120)), el('p', {}, 'No live unit of these networks has this label.'), link({ concept: '' }, {}, 'Show all units'));
    return;
  }
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  const kind = study.ofWord[word][0];
  place.replaceChildren(
    el('h2', { tabindex: '-1', id: 'concept-name' }, el('i', { class: 'concept' }, text(state.concept, 120))),
    el('p', {}, ...kindOf(kind), ' ', ...othersWith(word, [a, b]), link({ concept: '' }, { class: 'all' }, 'all concepts')),
    el('div', { class: 'sides' }, ...(a === b ? [['a', a]] : [['a', a], ['b', b]]).map(([side, network]) => sideOf(side, network, word))),
  );
}

function othersWith(word, compared) {
  const counts = study.networks
    .filter((network) => !compared.includes(network))
    .map((network) => [network, countOf(word, network)])
    .filter(([, count]) => count);
  if (!counts.length) return [];
  const each = counts.map(([network, count]) => link({ b: network.name }, {}, text(network.name, 20), ` ${count}`));
  return ['also: ', ...each.flatMap((one) => [one, ' '])];
}

function sideOf(side, network, word) {
  const [a, b] = [chosenNetwork('a'), chosenNetwork('b')];
  const layer = side === 'b' ? partner(state.layer, a, b) : state.layer;
  const units = study.ofWord[word].filter((unit) => unit.network === network && (!layer || unit.layer.name === layer));
  const best = (unit) => value(unit, 'similarity') ?? -Infinity;
  units.sort((x, y) => best(y) - best(x) || x.id - y.id);
  const list = el('ul', { class: 'units' }, ...units.slice(0, SHOWN).map(unitIn));
  const rest = units.length - SHOWN;
  if (rest > 0) {
    const more = el('button', { type: 'button' }, `Show the other ${rest}`);
    more.addEventListener('click', () => {
      more.replaceWith();
      list.append(...units.slice(SHOWN).map(unitIn));
    });
    return el('section', {}, networkChoice(side, network, units.length, layer), list, more);
  }
  return el('section', {}, networkChoice(side, network, units.length, layer), list);
}

function networkChoice(side, network, count, layer) {
  const select = el(
    'select',
    { 'aria-label': side === 'a' ? 'network on the left' : 'network on the right', onchange: (event) => go({ [side]: event.target.value }) },
    ...study.networks.map((one) => el('option', { value: one.name, selected: one === network }, one.name.slice(0, 60))),
  );
  return el('h3', {}, select, ` ${count} ${count === 1 ? 'unit' : 'units'}`, layer ? ` in ${layer}` : '');
}

function unitIn(unit) {
  const tops = unit.layer.top?.[unit.position] ?? [];
  const images = tops.map((top) => picturesOf(unit, top)).filter((picture) => picture !== null);
  const shown = images.map((picture) => {
    const image = el('img', { alt: '', width: '56', height: '56' });
    showPicture(image, picture);
    return image;
  });
  const similarity = value(unit, 'similarity');
  return el(
    'li',
    {},
    link(
      { unit: addressOf(unit) },
      {},
      el('span', { class: 'name' }, text(unit.layer.name, 24), `-${unit.number}`),
      similarity === null ? null : el('span', { class: 'value' }, number(similarity)),
      el('span', { class: `status ${unit.status}` }, unit.status === 'unknown' ? '' : STATUS[unit.status]),
      shown.length ? el('span', { class: 'strip' }, ...shown) : null,
    ),
  );
}
