// What a class expects before it is shown: curves that are drawn, a cell that is chosen, a place on a face.
const NAMES = 'http://www.w3.org/2000/svg';
const draw = (name, attributes, text) => {
  const node = document.createElementNS(NAMES, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const make = (name, given = {}, ...children) => {
  const node = Object.assign(document.createElement(name), given);
  node.append(...children);
  return node;
};
const within = (value) => Math.min(1, Math.max(0, value));

function choices(title, names, chosen, pick) {
  const buttons = names.map(([value, label]) => {
    const button = make('button', { type: 'button', textContent: label, onclick: () => pick(value) });
    button.setAttribute('aria-pressed', String(value === chosen));
    return button;
  });
  const row = make('div', { className: 'rows' }, title, ...buttons);
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', title);
  return row;
}

function curves(root, data, given, tell) {
  const { ways, low, high, ticks, baseline, open } = data;
  given.lines ??= {};
  root.pen ??= ways[0].way;
  const names = ways.map((one) => [one.way, one.name]);
  const rows = open ? [] : [
    choices('With few labels wins', names, given.few, (way) => tell({ ...given, few: way })),
    choices('Draw with the pointer', names, root.pen, (way) => { root.pen = way; curves(root, data, given, tell); }),
  ];
  const wide = root.clientWidth || 1000;
  const size = parseFloat(getComputedStyle(root).fontSize);
  const [width, height] = [1000, Math.round((1000 / wide) * (wide < 500 ? 300 : 0.66 * window.innerHeight))];
  const unit = (1000 / wide) * size;
  const edge = { left: 3.1 * unit, right: 16, top: 0.6 * unit, bottom: 2.9 * unit };
  const span = Math.log(high / low) || 1;
  const across = (share) => edge.left + share * (width - edge.left - edge.right);
  const x = (faces) => across(Math.log(faces / low) / span);
  const y = (score) => height - edge.bottom - score * (height - edge.top - edge.bottom);
  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': data.alt, 'font-size': unit });
  if (!open) picture.classList.add('draws');
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(draw('line', { x1: edge.left, x2: width - edge.right, y1: y(share), y2: y(share), stroke: '#7f7f7f', 'stroke-opacity': 0.3 }));
    picture.append(draw('text', { x: edge.left - 8, y: y(share) + 0.33 * unit, 'text-anchor': 'end' }, `${100 * share}%`));
  }
  for (const [faces, text] of ticks) {
    picture.append(draw('text', { x: x(faces), y: height - edge.bottom + 1.2 * unit, 'text-anchor': faces === high ? 'end' : 'middle' }, text));
  }
  picture.append(draw('text', { x: width - edge.right, y: height - 0.3 * unit, 'text-anchor': 'end' }, 'training faces'));
  picture.append(draw('line', { x1: edge.left, x2: width - edge.right, y1: y(baseline), y2: y(baseline), stroke: '#838B94', 'stroke-width': 3, 'stroke-dasharray': '14 8' }));
  picture.append(draw('text', { x: width - edge.right, y: y(baseline) + 1.05 * unit, 'text-anchor': 'end', opacity: 0.8 }, 'majority baseline'));
  const line = (points, looks) => draw('polyline', { points: points.map(([left, top]) => `${left},${top}`).join(' '), fill: 'none', ...looks });
  const sketch = (one) => line((given.lines[one.way] ?? []).map(([share, score]) => [across(share), y(score)]), {
    stroke: one.tone, 'stroke-width': 4, 'stroke-opacity': open ? 0.6 : 1, 'stroke-dasharray': '3 9', 'stroke-linecap': 'round',
  });
  const sketches = new Map(ways.map((one) => [one.way, picture.appendChild(sketch(one))]));
  for (const one of open ? [...ways].sort((a, b) => b.points.at(-1)[1] - a.points.at(-1)[1]) : []) {
    const band = [...one.points.map(([faces, , low]) => [faces, low]), ...one.points.map(([faces, , , high]) => [faces, high]).reverse()];
    const corners = band.map(([faces, score]) => `${x(faces)},${y(score)}`).join(' ');
    picture.append(draw('polygon', { points: corners, fill: one.tone, 'fill-opacity': 0.18 }));
    picture.append(line(one.points.map(([faces, score]) => [x(faces), y(score)]), { stroke: one.tone, 'stroke-width': 6, 'stroke-dasharray': one.dash }));
    for (const [faces, score] of one.points) picture.append(draw('circle', { cx: x(faces), cy: y(score), r: 8, fill: one.tone }));
  }
  if (open) {
    ways.forEach((one, place) => {
      const top = edge.top + 1.05 * unit + 1.3 * unit * place;
      picture.append(draw('line', { x1: edge.left + 16, x2: edge.left + 86, y1: top - 0.32 * unit, y2: top - 0.32 * unit, stroke: one.tone, 'stroke-width': 6, 'stroke-dasharray': one.dash }));
      picture.append(draw('text', { x: edge.left + 98, y: top }, one.name));
    });
  }
  if (!open) {
    let points = null;
    const at = (event) => {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      const share = within((place.x - edge.left) / (width - edge.left - edge.right));
      return [share, within((height - edge.bottom - place.y) / (height - edge.top - edge.bottom))];
    };
    const redraw = () => {
      const one = ways.find((way) => way.way === root.pen);
      given.lines[root.pen] = points;
      const fresh = sketch(one);
      sketches.get(root.pen).replaceWith(fresh);
      sketches.set(root.pen, fresh);
    };
    picture.onpointerdown = (event) => { event.preventDefault(); picture.setPointerCapture(event.pointerId); points = [at(event)]; redraw(); };
    picture.onpointermove = (event) => {
      if (!points || points.length > 400) return;
      points.push(at(event));
      redraw();
    };
    picture.onpointerup = picture.onpointercancel = () => {
      if (!points) return;
      const round = points.filter((_, place) => place % Math.ceil(points.length / 60) === 0).map((pair) => pair.map((value) => +value.toFixed(3)));
      points = null;
      tell({ ...given, lines: { ...given.lines, [root.pen]: round } });
    };
  }
  root.replaceChildren(...rows, picture);
}

function matrix(root, data, given, tell) {
  const { classes, shares, worst } = data;
  const said = given.cell ?? null;
  const is = (cell, row, column) => cell !== null && cell[0] === row && cell[1] === column;
  const short = (name) => (classes.length > 5 ? name.slice(0, 4) : name);
  const head = make('tr', {}, make('th', { textContent: 'label ↓' }), ...classes.map(([, name]) => make('th', { textContent: short(name), title: name, scope: 'col' })));
  const body = classes.map(([, name], row) => {
    const cells = classes.map(([, answer], column) => {
      const cell = make('td');
      cell.classList.toggle('said', is(said, row, column));
      cell.classList.toggle('worst', shares !== null && is(worst, row, column));
      if (shares !== null) {
        const share = shares[row][column], step = 0.63 / 0.76;
        const opacity = share <= step ? 0.07 + (share / step) * 0.63 : 0.87 + ((share - step) / (1 - step)) * 0.13;
        const text = make('div', { className: 'share', textContent: `${Math.round(100 * share)}%` });
        text.style.cssText = `background:rgba(10,105,160,${opacity});${share > step ? 'color:#fff' : ''}`;
        cell.append(text);
      } else if (row !== column) {
        const button = make('button', { type: 'button', textContent: is(said, row, column) ? '?' : '', onclick: () => tell({ ...given, cell: [row, column] }) });
        button.setAttribute('aria-label', `${name} taken for ${answer}`);
        button.setAttribute('aria-pressed', String(is(said, row, column)));
        cell.append(button);
      } else cell.append(make('div', { className: 'share', textContent: '✓' }));
      return cell;
    });
    return make('tr', {}, make('th', { textContent: short(name), title: name, scope: 'row' }), ...cells);
  });
  const table = make('table', {}, make('thead', {}, head), make('tbody', {}, ...body));
  table.setAttribute('aria-label', data.alt);
  root.replaceChildren(table);
}

function spot(root, data, given, tell) {
  const mark = () => {
    const node = make('div', { className: 'mark' });
    node.style.left = `${100 * given.spot[0]}%`;
    node.style.top = `${100 * given.spot[1]}%`;
    return node;
  };
  const pictures = data.pictures.map(([src, alt]) => {
    const holder = make('div', { className: 'spot' + (data.open ? ' still' : '') }, make('img', { src, alt, draggable: false }));
    if (given.spot) holder.append(mark());
    if (!data.open) {
      holder.onclick = (event) => {
        const box = holder.getBoundingClientRect();
        tell({ spot: [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)] });
      };
    }
    return holder;
  });
  root.replaceChildren(make('div', { className: 'faces' + (pictures.length === 1 ? ' one' : '') }, ...pictures));
}

const KINDS = { curves, matrix, spot };

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.guess');
  const show = (given) => KINDS[data.kind](root, data, given, (next) => {
    setStateValue('given', next);
    show(next);
  });
  show(data.given ?? {});
}
