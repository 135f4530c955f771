/* Overviews: the chosen units as pictures, and a layer's units as points of a plane. */

const overview = { units: [], across: 1 };
const TILE = 118;
const TILE_HIGH = 150;

function makeOverview() {
  overview.inner = el('ul', { class: 'tiles' });
  overview.box = el('div', { class: 'rows', tabindex: '0', 'aria-label': 'Units as pictures', role: 'region' }, overview.inner);
  overview.box.addEventListener('scroll', () => requestAnimationFrame(drawTiles), { passive: true });
  new ResizeObserver(() => drawTiles()).observe(overview.box);
  return overview.box;
}

function showOverview(units) {
  if (units !== overview.units) overview.box.scrollTop = 0;
  overview.units = units;
  drawTiles();
}

function drawTiles() {
  if (state.view !== 'pictures') return;
  const { box, inner, units } = overview;
  const across = Math.max(1, Math.floor((box.clientWidth - 4) / TILE));
  const first = Math.max(0, Math.floor(box.scrollTop / TILE_HIGH) - 2);
  const last = first + Math.ceil((box.clientHeight || 600) / TILE_HIGH) + 4;
  const rows = Math.ceil(units.length / across);
  inner.style.gridTemplateColumns = `repeat(${across}, 1fr)`;
  inner.style.paddingTop = `${first * TILE_HIGH}px`;
  inner.style.paddingBottom = `${Math.max(0, rows - last) * TILE_HIGH}px`;
  const open = chosenUnit();
  inner.replaceChildren(
    ...units.slice(first * across, last * across).map((unit) => tileOf(unit, unit === open)),
  );
}

function tileOf(unit, open) {
  const top = unit.layer.top?.[unit.position]?.[0];
  const picture = top ? picturesOf(unit, top) : null;
  const shown = picture === null ? null : el('img', { alt: '', width: '84', height: '84' });
  if (shown) showPicture(shown, picture);
  return el(
    'li',
    { class: `tile ${kindClass(unit.kind)}${open ? ' open' : ''}` },
    link(
      { unit: addressOf(unit) },
      { 'aria-label': `${unit.dead ? 'dead unit' : unit.label}, ${nameOf(unit)}` },
      shown ?? el('span', { class: 'blank' }, text(unit.dead ? 'dead' : unit.label, 40)),
      el('span', { class: 'under' }, text(unit.dead ? '(dead)' : unit.label, 17)),
      el('small', {}, `${[...unit.layer.name].slice(-10).join('')}-${unit.number}`),
    ),
  );
}

function picturesOf(unit, top) {
  return unit.network.picture.get(top[0]) ?? null;
}

function showPicture(image, picture) {
  withLine('pictures', picture, (line) => {
    if (line) image.src = `data:image/webp;base64,${line}`;
  });
}

/* The scatter plot of one layer. */

const plot = { points: [], path: null, at: -1 };

function makeScatter() {
  plot.canvas = el('canvas', {
    tabindex: '0',
    role: 'application',
    'aria-label': 'Units of a layer on two principal axes of their activations: arrows step from unit to unit, Enter opens one',
    onpointerdown: startLasso,
    onpointermove: drawLasso,
    onpointerup: endLasso,
    onkeydown: stepPlot,
  });
  plot.said = el('p', { 'aria-live': 'polite' });
  plot.legend = el('p', { class: 'legend' });
  plot.choose = el('div', { class: 'choose' });
  plot.box = el('div', { class: 'scatter' }, plot.choose, plot.canvas, plot.legend, plot.said);
  new ResizeObserver(() => drawPlot()).observe(plot.box);
  return plot.box;
}

/* The layer that the scatter plot shows: the chosen one, else the last of the first network. */
function plotted() {
  const open = chosenUnit();
  const network =
    study.networks.find((one) => one.name === state.network) ?? open?.network ?? chosenNetwork('a');
  const layer =
    network.layers.find((one) => one.name === state.layer) ??
    (open?.network === network ? open.layer : null) ??
    network.layers.at(-1);
  return { network, layer };
}

function showScatter(units) {
  const { network, layer } = plotted();
  const kept = new Set(units);
  const all = layer.units.map((_, position) => study.units[layer.first + position]);
  const placed = all.filter((unit) => (layer.profiles?.[unit.position]?.[3] ?? null) !== null);
  plot.points = placed.map((unit) => {
    const [, , , x, y] = layer.profiles[unit.position];
    return { unit, x, y, kept: kept.has(unit) };
  });
  plot.choose.replaceChildren(
    el('h2', {}, text(`${network.name}, ${layer.name}`)),
    placed.length
      ? el('p', {}, 'Each point is a unit, on two principal axes of the layer’s activations over the probe. Click a point, or draw around several.')
      : el('p', {}, 'The run holds no activations of this layer, so its units have no place here. Choose another network or layer, or dissect it with this program.'),
  );
  plot.canvas.hidden = plot.legend.hidden = !placed.length;
  const kinds = [...new Set(placed.map((unit) => unit.kind))].sort((a, b) => a - b);
  plot.legend.replaceChildren(
    ...kinds.map((kind) => el('span', {}, el('span', { class: `dot ${kindClass(kind)}` }), study.kinds[kind] ?? 'no kind')),
  );
  plot.said.replaceChildren(
    ...(state.pick
      ? [
          `${units.length} units chosen. `,
          link({ view: 'table' }, {}, 'Show them in the table'),
          ' or ',
          link({ pick: '' }, {}, 'choose all again'),
          '.',
        ]
      : []),
  );
  drawPlot();
}

function drawPlot() {
  if (state.view !== 'scatter' || !plot.points.length) return;
  const { canvas } = plot;
  const wide = Math.max(260, plot.box.clientWidth - 16);
  const high = Math.max(260, Math.min(wide * 0.7, plot.box.clientHeight - 170));
  const dense = window.devicePixelRatio || 1;
  canvas.width = wide * dense;
  canvas.height = high * dense;
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${high}px`;
  const context = canvas.getContext('2d');
  context.scale(dense, dense);
  const [xs, ys] = [plot.points.map(({ x }) => x), plot.points.map(({ y }) => y)];
  const scale = (values, from, to) => {
    const [low, least] = [Math.min(...values), Math.max(...values)];
    return (one) => from + ((one - low) / (least - low || 1)) * (to - from);
  };
  const [across, down] = [scale(xs, 14, wide - 14), scale(ys, high - 14, 14)];
  const open = chosenUnit();
  const style = getComputedStyle(canvas);
  for (const point of plot.points) {
    point.left = across(point.x);
    point.top = down(point.y);
    context.globalAlpha = point.kept ? 0.9 : 0.15;
    context.fillStyle = style.getPropertyValue(`--${kindClass(point.unit.kind)}`) || '#888';
    context.beginPath();
    context.arc(point.left, point.top, point.unit === open ? 8 : 5, 0, 7);
    context.fill();
    if (point.unit === open || plot.points[plot.at] === point) {
      context.globalAlpha = 1;
      context.lineWidth = 2;
      context.strokeStyle = style.color;
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  if (plot.path) {
    context.strokeStyle = style.color;
    context.beginPath();
    for (const [x, y] of plot.path) context.lineTo(x, y);
    context.stroke();
  }
}

const MOVED = 8;

function startLasso(event) {
  plot.path = [[event.offsetX, event.offsetY]];
  plot.canvas.setPointerCapture?.(event.pointerId);
}

function drawLasso(event) {
  if (!plot.path) return;
  plot.path.push([event.offsetX, event.offsetY]);
  drawPlot();
}

function endLasso(event) {
  const path = plot.path ?? [];
  plot.path = null;
  const [x, y] = [event.offsetX, event.offsetY];
  const far = path.some(([left, top]) => Math.hypot(left - x, top - y) > MOVED);
  if (far) {
    const inside = plot.points.filter(({ left, top }) => isInside(left, top, path));
    go({ pick: inside.map(({ unit }) => unit.id).join('.') });
    return;
  }
  const distance = ({ left, top }) => Math.hypot(left - x, top - y);
  const nearest = plot.points.reduce((a, b) => (distance(a) <= distance(b) ? a : b));
  if (distance(nearest) < 14) go({ unit: addressOf(nearest.unit) });
}

/* Whether a point lies in a polygon: a ray from it crosses the border an odd number of times. */
function isInside(x, y, path) {
  let inside = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i, i += 1) {
    const [[x1, y1], [x2, y2]] = [path[i], path[j]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

function stepPlot(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const order = [...plot.points.keys()].sort((a, b) => plot.points[a].x - plot.points[b].x);
    const next = order[(order.indexOf(plot.at) + step + order.length) % order.length];
    plot.at = next;
    const { unit } = plot.points[next];
    plot.said.replaceChildren(text(unit.label), ` (${unit.layer.name}-${unit.number})`);
    drawPlot();
  } else if (event.key === 'Enter' && plot.points[plot.at]) {
    event.preventDefault();
    go({ unit: addressOf(plot.points[plot.at].unit) });
  }
}
