/* The table: thousands of rows, of which only those in sight are drawn. */

const ROW = 30;
const EXTRA = 8;
const table = { units: [], cursor: 0 };

function makeTable() {
  table.head = el('tr');
  table.before = el('tr', { 'aria-hidden': 'true', class: 'space' }, el('td'));
  table.after = el('tr', { 'aria-hidden': 'true', class: 'space' }, el('td'));
  table.body = el('tbody');
  table.grid = el(
    'table',
    { role: 'grid', id: 'rows', tabindex: '0', 'aria-label': 'Units', onkeydown: moveCursor },
    el('thead', {}, table.head),
    table.body,
  );
  table.box = el('div', { class: 'rows' }, table.grid);
  table.box.addEventListener('scroll', () => requestAnimationFrame(drawRows), { passive: true });
  new ResizeObserver(() => drawRows()).observe(table.box);
  return table.box;
}

function showTable(units) {
  const same = units.length === table.units.length && units.every((u, i) => u === table.units[i]);
  table.units = units;
  table.shown = columns();
  if (!same) {
    table.cursor = 0;
    table.box.scrollTop = 0;
  }
  const open = chosenUnit();
  const at = open ? units.indexOf(open) : -1;
  if (at >= 0) table.cursor = at;
  table.grid.setAttribute('aria-rowcount', units.length + 1);
  table.head.replaceChildren(...table.shown.map(headOf));
  if (at >= 0) keepInSight();
  drawRows();
}

function headOf(column) {
  const down = state.sort === `-${column.key}`;
  const up = state.sort === column.key;
  const next = (column.numeric ? up || !down : up) ? `-${column.key}` : column.key;
  return el(
    'th',
    {
      scope: 'col',
      class: `${column.key}${column.numeric ? ' numeric' : ''}`,
      'aria-sort': up ? 'ascending' : down ? 'descending' : null,
      title: study.meanings[column.key] ?? null,
    },
    el(
      'button',
      { type: 'button', onclick: () => go({ sort: next }), 'data-sort': column.key },
      column.head,
      el('span', { 'aria-hidden': 'true' }, up ? ' ▲' : down ? ' ▼' : ''),
    ),
  );
}

function drawRows() {
  if (state.view !== 'table' || !table.shown) return;
  const first = Math.max(0, Math.floor(table.box.scrollTop / ROW) - EXTRA);
  const count = Math.ceil((table.box.clientHeight || 600) / ROW) + 2 * EXTRA;
  const last = Math.min(table.units.length, first + count);
  table.before.firstChild.style.height = `${first * ROW}px`;
  table.after.firstChild.style.height = `${(table.units.length - last) * ROW}px`;
  const rows = [];
  for (let at = first; at < last; at += 1) rows.push(rowOf(table.units[at], at));
  table.body.replaceChildren(table.before, ...rows, table.after);
  const active = rows.length && table.cursor >= first && table.cursor < last;
  if (active) table.grid.setAttribute('aria-activedescendant', `row-${table.cursor}`);
  else table.grid.removeAttribute('aria-activedescendant');
}

function rowOf(unit, at) {
  const cells = table.shown.map((column) => {
    const shown = column.of(unit);
    const cell = el('td', { role: 'gridcell', class: column.key });
    if (column.numeric) cell.classList.add('numeric');
    if (column.key === 'label') {
      cell.append(el('i', { class: unit.dead ? 'faint' : 'concept' }, text(shown)));
      if (unit.dead) cell.append(' (dead)');
    } else if (column.key === 'unit') {
      cell.append(
        link({ unit: addressOf(unit) }, { tabindex: '-1', 'aria-label': nameOf(unit) }, String(shown)),
      );
    } else if (column.key === 'kind' && shown) {
      cell.append(el('span', { class: `dot ${kindClass(unit.kind)}` }), shown);
    } else cell.append(column.numeric ? number(shown, column.digits) : text(shown, 24));
    return cell;
  });
  return el(
    'tr',
    {
      id: `row-${at}`,
      'aria-rowindex': at + 2,
      'aria-selected': at === table.cursor ? 'true' : 'false',
      onclick: (event) => {
        if (event.target.closest('a') && (event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        table.cursor = at;
        go({ unit: addressOf(unit) });
      },
    },
    ...cells,
  );
}

function kindClass(kind) {
  return kind < 0 ? 'kind-none' : `kind-${kind % 12}`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };

function moveCursor(event) {
  if (event.target.closest('thead')) return;
  if (event.key in STEPS && table.units.length) {
    event.preventDefault();
    const target = table.cursor + STEPS[event.key];
    table.cursor = Math.min(table.units.length - 1, Math.max(0, target));
    keepInSight();
    drawRows();
    if (state.unit) go({ unit: addressOf(table.units[table.cursor]) }, { replace: true });
  } else if (event.key === 'Enter' && table.units[table.cursor]) {
    event.preventDefault();
    go({ unit: addressOf(table.units[table.cursor]) });
  }
}

function keepInSight() {
  const top = table.cursor * ROW;
  const room = table.box.clientHeight - 2 * ROW;
  if (top < table.box.scrollTop) table.box.scrollTop = top;
  else if (top > table.box.scrollTop + room) table.box.scrollTop = top - room;
}

/* The chosen rows as CSV: the columns of descriptions.csv first, then all that is known. */
function csv(units) {
  const further = columns().filter(
    ({ key }) => !['network', 'layer', 'unit', 'label', 'similarity'].includes(key),
  );
  const scored = study.known.has('similarity') ? ['similarity'] : [];
  const dead = study.known.has('dead') ? ['dead'] : [];
  const head = ['network', 'layer', 'unit', 'description', ...scored, ...further.map(({ key }) => key), ...dead];
  const rows = units.map((unit) => [
    unit.network.name,
    unit.layer.name,
    unit.number,
    unit.label,
    ...scored.map((key) => value(unit, key)),
    ...further.map((column) => column.of(unit)),
    ...dead.map(() => Number(unit.dead)),
  ]);
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(shown) {
  const written = shown === null || shown === undefined ? '' : String(shown);
  return /[",\n\r]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}

function save() {
  const data = new Blob([csv(chosen.units)], { type: 'text/csv' });
  const target = URL.createObjectURL(data);
  el('a', { href: target, download: 'units.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(target), 1000);
}
