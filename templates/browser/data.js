'use strict';
/* The data: blocks of the page or scripts beside it, arranged as units. */

const received = {};
const waiting = {};

/* Called by the scripts of a folder, each of which holds a part of the data. */
function receive(name, number, text) {
  (received[name] ??= [])[number] = text;
}

const FILES = JSON.parse(document.getElementById('files').textContent);

function block(name) {
  const element = document.getElementById(name);
  if (!element) return null;
  const text = element.textContent;
  element.remove();
  return text ? text.split('\n') : [];
}

const lines = { pictures: null, maps: null };

/* Calls `use` with a line of a block: at once if it is in the page, else when its script is there. */
function withLine(name, number, use) {
  if (!FILES[name]) {
    lines[name] ??= block(name);
    use(lines[name][number]);
    return;
  }
  let part = 0;
  while (part + 1 < FILES[name].length && FILES[name][part + 1][1] <= number) part += 1;
  const [file, first] = FILES[name][part];
  const give = () => {
    const text = received[name]?.[part];
    if (typeof text === 'string') received[name][part] = text.split('\n');
    use(received[name]?.[part]?.[number - first]);
  };
  if (received[name]?.[part]) give();
  else load(file, give);
}

function load(file, then) {
  if (waiting[file]) {
    waiting[file].push(then);
    return;
  }
  waiting[file] = [then];
  const script = document.createElement('script');
  script.src = file;
  script.onload = () => {
    for (const each of waiting[file]) each();
    delete waiting[file];
  };
  script.onerror = () => notice(`${file} is missing: it belongs beside this page.`);
  document.head.append(script);
}

/* The study: its networks, its units, and the units of each label. */
let study = null;

const STATUS = {
  confident: 'confident label',
  unsure: 'no confident label',
  none: 'no significant concept',
  dead: 'dead unit',
  unknown: 'confidence not measured',
};
const MEASURES = [
  ['margin', 'margin'],
  ['stability', 'stability'],
  ['reproduced', 'reproduced'],
  ['set_size', 'set size', 0],
  ['p_random', 'p'],
  ['precision', 'precision'],
  ['base_rate', 'base rate'],
];

function arrange(given) {
  const units = [];
  const known = new Set();
  const ofWord = given.words.map(() => []);
  for (const [n, network] of given.networks.entries()) {
    network.number = n;
    network.picture = new Map(network.pictures);
    for (const [l, layer] of network.layers.entries()) {
      for (const key of Object.keys(layer)) known.add(key);
      const dead = new Set(layer.dead ?? []);
      const row = new Map(layer.units.map((unit, position) => [unit, position]));
      layer.at = (unit) => (row.has(unit) ? units[layer.first + row.get(unit)] : undefined);
      layer.first = units.length;
      for (const [position, number] of layer.units.entries()) {
        const unit = { id: units.length, network, layer, order: l, position, number };
        unit.word = layer.labels[position];
        unit.label = given.words[unit.word];
        unit.kind = layer.kinds[position];
        unit.dead = dead.has(position);
        unit.status = statusOf(unit);
        if (!unit.dead) ofWord[unit.word].push(unit);
        units.push(unit);
      }
    }
  }
  const folded = given.words.map(fold);
  return { ...given, units, ofWord, folded, known };
}

function statusOf(unit) {
  const { layer, position } = unit;
  if (unit.dead) return 'dead';
  if (layer.significant?.[position] === 0) return 'none';
  const confident = layer.confident?.[position];
  if (confident === undefined || confident === null) return 'unknown';
  return confident ? 'confident' : 'unsure';
}

function value(unit, column) {
  const found = unit.layer[column]?.[unit.position];
  return found === undefined ? null : found;
}

function fold(text) {
  return text.normalize('NFKC').toLowerCase();
}

function nameOf(unit) {
  return `${unit.network.name}/${unit.layer.name}-${unit.number}`;
}

/* The number of the units of a network with a label, in one layer or in all. */
function countOf(word, network, layer) {
  let count = 0;
  for (const unit of study.ofWord[word]) {
    if (unit.network === network && (!layer || unit.layer.name === layer)) count += 1;
  }
  return count;
}

/* The layer of another network that is compared with a layer. */
function partner(name, network, other) {
  const { pair } = study;
  if (!pair || network === other) return name;
  for (const [a, b] of pair.layers) {
    if (network.number === pair.a && other.number === pair.b && a === name) return b;
    if (network.number === pair.b && other.number === pair.a && b === name) return a;
  }
  return name;
}

function number(shown, digits = 3) {
  if (shown === null || shown === undefined) return '–';
  if (shown === 0 || digits === 0) return shown.toFixed(digits);
  const size = Math.abs(shown);
  return size !== 0 && size < 10 ** -digits ? shown.toExponential(1) : shown.toFixed(digits);
}

/* An element with attributes and children; text is never markup. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, given] of Object.entries(attributes)) {
    if (given === null || given === undefined || given === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), given);
    else element.setAttribute(name, given === true ? '' : given);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const MOST = 60;

/* Text that may be long or run from right to left: cut, isolated, whole in its title. */
function text(shown, most = MOST) {
  const letters = [...shown];
  const cut = letters.length > most;
  return el(
    'bdi',
    { title: cut ? letters.slice(0, 1000).join('') : null },
    cut ? `${letters.slice(0, most - 1).join('')}…` : shown,
  );
}
