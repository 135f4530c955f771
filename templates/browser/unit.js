/* The page of one unit: its images with activation, its labels, and the units most like it. */

const HEAT = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const PAD = 3;

let shownUnit = null;

function showUnit(place, unit) {
  if (!unit) {
    place.hidden = true;
    place.replaceChildren();
    if (state.unit) notice(`This file has no unit ${decode(state.unit).slice(0, 80)}.`);
    return;
  }
  const steps = el('div', { class: 'steps' }, ...stepsOf(unit));
  if (unit === shownUnit && !place.hidden) {
    place.firstChild.replaceWith(steps);
    renewLinks(place);
    return;
  }
  shownUnit = unit;
  place.hidden = false;
  place.replaceChildren(
    steps,
    el('h2', { tabindex: '-1', id: 'unit-name' }, el('i', { class: 'concept' }, text(unit.label, 120))),
    el('p', { class: 'where' }, text(unit.network.name), ', ', text(unit.layer.name), `, unit ${unit.number}`),
    el('p', {}, el('span', { class: `status ${unit.status}` }, STATUS[unit.status]), ...kindOf(unit), ' ', conceptLink(unit)),
    ...imagesOf(unit),
    ...bestOf(unit),
    ...setOf(unit),
    ...measuresOf(unit),
    ...histogramOf(unit),
    ...nearOf(unit),
    citation(unit),
  );
}

function stepsOf(unit) {
  const { units } = chosen;
  const at = units.indexOf(unit);
  const step = (target, words, sign) =>
    target
      ? link({ unit: addressOf(target) }, { 'aria-label': `${words} unit`, class: 'step' }, sign)
      : el('span', { class: 'step faint' }, sign);
  return [
    step(at > 0 ? units[at - 1] : null, 'previous', '←'),
    step(at >= 0 ? units[at + 1] : null, 'next', '→'),
    link({ unit: '' }, { class: 'close', 'aria-label': 'close the unit' }, '✕'),
  ];
}

function kindOf(unit) {
  const kind = study.kinds[unit.kind];
  return kind ? [' ', el('span', { class: `dot ${kindClass(unit.kind)}` }), kind] : [];
}

function conceptLink(unit) {
  if (unit.dead) return null;
  const count = study.ofWord[unit.word].length;
  return link({ concept: unit.label, unit: '' }, { class: 'all' }, count === 1 ? 'the only unit with this label' : `all ${count} units with this label`);
}

/* Top images, plain and under the unit's map, whose strength the reader sets. */
function imagesOf(unit) {
  const tops = unit.layer.top?.[unit.position] ?? [];
  if (!tops.length) return [];
  const maps = unit.layer.maps?.units[unit.position];
  const figures = tops.map((top, rank) => figureOf(unit, top, rank, maps));
  const strength = el('input', {
    type: 'range', min: '0', max: '100', value: state.heat, id: 'heat',
    oninput: (event) => {
      for (const { canvas } of figures) if (canvas) canvas.style.opacity = event.target.value / 100;
    },
    onchange: (event) => go({ heat: event.target.value }, { replace: true }),
  });
  return [
    el('h3', {}, 'Top images'),
    maps ? el('p', { class: 'heat' }, el('label', { for: 'heat' }, 'strength of the map '), strength) : null,
    el('div', { class: 'tops' }, ...figures.map(({ figure }) => figure)),
  ].filter(Boolean);
}

function figureOf(unit, [image, activation, shows], rank, maps) {
  const picture = unit.network.picture.get(image) ?? null;
  const name = study.images[image];
  const said = shows === null ? '' : shows ? ', shows the label' : ', does not show the label';
  const caption = el('figcaption', {}, text(name, 22), el('br'), `${number(activation)}${said}`);
  if (picture === null) return { figure: el('figure', {}, caption) };
  const alt = `Image ${rank + 1}: ${name.slice(0, 80)}`;
  const plain = el('img', { alt, width: '96', height: '96', onload: () => grow(plain) });
  const under = el('img', { alt: '', width: '96', height: '96' });
  showPicture(plain, picture);
  const parts = [plain];
  let canvas = null;
  if (maps && rank < maps[0]) {
    showPicture(under, picture);
    canvas = el('canvas', { width: '192', height: '192', role: 'img', 'aria-label': `activation map of image ${rank + 1}` });
    canvas.style.opacity = Number(state.heat) / 100;
    drawMap(canvas, unit.layer.maps.grid, maps, rank);
    parts.push(el('span', { class: 'over' }, under, canvas));
  }
  return { figure: el('figure', {}, ...parts, caption), canvas };
}

const LARGEST = 240;

/* Shows larger pictures larger, where the run has them. */
function grow(image) {
  const size = Math.max(96, Math.min(LARGEST, image.naturalWidth));
  image.closest('.tops')?.style.setProperty('--picture', `${size}px`);
}

/* Draws a map at its own size and lets the canvas stretch it, each cell over what it looks at. */
function drawMap(canvas, grid, [, high, wide, , , line], rank) {
  withLine('maps', line, (coded) => {
    if (!coded) return;
    const bytes = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
    const cells = bytes.subarray(rank * high * wide, (rank + 1) * high * wide);
    const [rows, columns] = [high + 2 * PAD, wide + 2 * PAD];
    const small = el('canvas', { width: columns, height: rows });
    const pixels = new ImageData(columns, rows);
    const within = (at, size) => Math.min(size - 1, Math.max(0, at - PAD));
    for (let i = 0; i < rows; i += 1) {
      for (let j = 0; j < columns; j += 1) {
        const colour = heatOf(cells[within(i, high) * wide + within(j, wide)] / 255);
        pixels.data.set([...colour, 255], (i * columns + j) * 4);
      }
    }
    small.getContext('2d').putImageData(pixels, 0, 0);
    const context = canvas.getContext('2d');
    context.imageSmoothingEnabled = true;
    const [top, down, left, right] = grid;
    const span = (start, step, cellCount, size) => {
      if (!(step > 0) || cellCount < 2) return [-PAD * size, (cellCount + 2 * PAD) * size];
      return [(start - (PAD + 0.5) * step) * size, (cellCount + 2 * PAD) * step * size];
    };
    const [x, w] = span(left, right, wide, canvas.width);
    const [y, h] = span(top, down, high, canvas.height);
    context.drawImage(small, x, y, w, h);
  });
}

function heatOf(share) {
  const place = share * (HEAT.length - 1);
  const low = Math.min(HEAT.length - 2, Math.floor(place));
  return HEAT[low].map((from, channel) => from + (HEAT[low + 1][channel] - from) * (place - low));
}

function bestOf(unit) {
  const best = unit.layer.best?.[unit.position] ?? [];
  if (!best.length) return [];
  const most = Math.max(...best.map(([, similarity]) => Math.abs(similarity))) || 1;
  const rows = best.map(([word, similarity]) => {
    const bar = el('span', { class: `bar${similarity < 0 ? ' below' : ''}` });
    bar.style.width = `${(100 * Math.abs(similarity)) / most}%`;
    return el('tr', {}, el('th', { scope: 'row' }, wordLink(word)), el('td', { class: 'track' }, bar), el('td', { class: 'numeric' }, number(similarity, 4)));
  });
  return [
    el('h3', {}, 'Best labels'),
    el('table', { class: 'best' }, el('caption', { class: 'hidden' }, 'Similarity of the best labels; bars start at 0'), el('tbody', {}, ...rows)),
  ];
}

function wordLink(word) {
  const shown = el('i', { class: 'concept' }, text(study.words[word], 28));
  if (!study.ofWord[word].length) return shown;
  return link({ concept: study.words[word], unit: '' }, {}, shown);
}

function setOf(unit) {
  const words = unit.layer.sets?.[unit.position] ?? [];
  if (!words.length) return [];
  const shown = words.flatMap((word, at) => (at ? [', ', wordLink(word)] : [wordLink(word)]));
  return [el('h3', {}, 'Labels that another probe may give'), el('p', {}, ...shown, '.')];
}

function measuresOf(unit) {
  const rows = [['similarity', 'similarity'], ...MEASURES]
    .filter(([key]) => value(unit, key) !== null)
    .map(([key, head, digits = 4]) =>
      el('div', { title: study.meanings[key] ?? null }, el('dt', {}, head), el('dd', {}, number(value(unit, key), digits))),
    );
  return rows.length ? [el('h3', {}, 'Measured'), el('dl', { class: 'facts' }, ...rows)] : [];
}

const SVG = 'http://www.w3.org/2000/svg';

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, given] of Object.entries(attributes)) element.setAttribute(name, given);
  element.append(...children);
  return element;
}

function histogramOf(unit) {
  const profile = unit.layer.profiles?.[unit.position];
  if (!profile) return [];
  const [low, high, counts] = profile;
  const most = Math.max(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bars = counts.map((count, at) => {
    const size = count ? Math.max(1, (60 * count) / most) : 0;
    return svg('rect', { x: at * 10 + 1, y: 60 - size, width: 8, height: size }, svg('title', {}, `${count} images`));
  });
  const said = `Histogram of ${total} activations from ${number(low)} to ${number(high)}; the fullest of ${counts.length} bins holds ${most} images.`;
  return [
    el('h3', {}, 'Activations over the probe'),
    svg('svg', { viewBox: `0 0 ${counts.length * 10} 60`, role: 'img', 'aria-label': said, class: 'histogram' }, ...bars),
    el('p', { class: 'ends' }, el('span', {}, number(low)), el('span', {}, `${total} images`), el('span', {}, number(high))),
  ];
}

function nearOf(unit) {
  const near = unit.layer.near?.[unit.position] ?? [];
  if (!near.length) return [];
  const rows = near.map(([n, layerName, unitNumber, correlation]) => {
    const network = study.networks[n];
    const other = network.layers.find(({ name }) => name === layerName)?.at(unitNumber);
    if (!other) return null;
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, link({ unit: addressOf(other) }, {}, el('i', { class: 'concept' }, text(other.label, 22)))),
      el('td', {}, text(network.name, 18), ` ${layerName}-${unitNumber}`),
      el('td', { class: 'numeric' }, number(correlation)),
    );
  });
  return [
    el('h3', {}, 'Most similar units'),
    el('table', { class: 'near' }, el('caption', {}, 'Correlation of the activations over the probe'), el('tbody', {}, ...rows.filter(Boolean))),
  ];
}

function citation(unit) {
  const similarity = value(unit, 'similarity');
  const scored = similarity === null ? '' : `, similarity ${similarity}`;
  const label = unit.dead ? 'dead unit' : `“${unit.label.slice(0, 200)}”${scored}`;
  const digest = unit.network.digest ? `, descriptions.csv ${unit.network.digest}` : '';
  const cited = `${nameOf(unit)}: ${label}. ${study.title}${digest}.`;
  return el('div', {}, el('h3', {}, 'Cite this unit'), el('p', { class: 'cite' }, el('bdi', {}, cited)));
}
