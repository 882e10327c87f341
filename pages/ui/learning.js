// Plays a training: curves that grow, a confusion matrix that fills, faces whose answers change, all at one position.
const NAMES = 'http://www.w3.org/2000/svg';
const MANY_CLASSES = 8;

const draw = (name, attributes = {}, text) => {
  const node = document.createElementNS(NAMES, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const element = (name, className = '', text) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const percent = (share, digits = 0) => (100 * share).toFixed(digits) + '%';
const shown = (measure, value) => (measure === 'loss' ? value.toFixed(3) : percent(value, 1));
const last = (rows, epoch) => rows.findLast((row) => row[0] <= epoch + 1e-6);

// The tint of a cell: as in the charts, it steps over the band in which neither dark nor white text can be read.
const tint = (share) => {
  const step = 0.63 / 0.76;
  const opacity = share <= step ? 0.07 + (share / step) * 0.63 : 0.87 + ((share - step) / (1 - step)) * 0.13;
  return [`rgba(10,105,160,${opacity})`, share > step ? '#fff' : ''];
};

function steps(end, most) {
  const size = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((width) => end / width <= most) ?? 1000;
  return Array.from({ length: Math.floor(end / size) + 1 }, (_, number) => number * size);
}

function curve(holder, data, measure, big) {
  const width = holder.clientWidth || 600;
  const size = parseFloat(getComputedStyle(holder).fontSize);
  const height = Math.round(big ? Math.min(0.37 * window.innerHeight, 0.5 * width) : 204);
  const edge = { left: 3.6 * size, right: 0.9 * size, top: 1.9 * size, bottom: 2.4 * size };
  const [training, validation] = [data.training[measure], data.validation[measure]];
  const values = [...training, ...validation].map((row) => row[1]);
  const top = measure === 'loss' ? Math.max(1e-6, ...values) * 1.05 : 1;
  const x = (epoch) => edge.left + (epoch / data.end) * (width - edge.left - edge.right);
  const y = (value) => height - edge.bottom - (value / top) * (height - edge.top - edge.bottom);
  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': data.alt });
  let free = 0;
  data.phases.forEach(([name, low, high], place) => {
    const box = { x: x(low), y: edge.top, width: x(high) - x(low), height: height - edge.top - edge.bottom };
    const band = draw('rect', { ...box, fill: '#7f7f7f', 'fill-opacity': place % 2 ? 0.17 : 0.07 });
    band.append(draw('title', {}, name));
    picture.append(band);
    const room = 0.52 * size * name.length;
    const left = Math.min(Math.max(x(low), free), width - room);
    if (left < free || left > Math.max(x(high), x(low) + room)) return;
    picture.append(draw('text', { x: left + 2, y: edge.top - 0.45 * size }, name));
    free = left + room + size;
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const at = y(share * top);
    picture.append(draw('line', { x1: edge.left, x2: width - edge.right, y1: at, y2: at, stroke: '#7f7f7f', 'stroke-opacity': 0.28 }));
    const text = measure === 'loss' ? (share * top).toFixed(1) : percent(share);
    picture.append(draw('text', { x: edge.left - 6, y: at + 0.32 * size, 'text-anchor': 'end' }, text));
  }
  for (const epoch of steps(data.end, Math.max(2, Math.min(10, width / (5 * size))))) {
    picture.append(draw('text', { x: x(epoch), y: height - 1.1 * size, 'text-anchor': 'middle' }, epoch));
  }
  picture.append(draw('text', { x: width - edge.right, y: height - 0.05 * size, 'text-anchor': 'end', opacity: 0.75 }, 'epoch'));
  if (measure === 'accuracy' && data.baseline !== null) {
    const at = y(data.baseline);
    const dots = draw('line', { x1: edge.left, x2: width - edge.right, y1: at, y2: at, stroke: '#838B94', 'stroke-width': 1.5, 'stroke-dasharray': '2 4' });
    const always = draw('text', { x: width - edge.right, y: at + size, 'text-anchor': 'end', opacity: 0.75 }, `always the most frequent class: ${percent(data.baseline, 1)}`);
    picture.append(dots, always);
  }
  const clip = draw('clipPath', { id: 'grown' });
  const grown = draw('rect', { x: 0, y: 0, height, width: 0 });
  clip.append(grown);
  const lines = draw('g', { 'clip-path': 'url(#grown)' });
  const line = (rows, looks) =>
    lines.append(draw('polyline', { points: rows.map(([epoch, value]) => `${x(epoch)},${y(value)}`).join(' '), fill: 'none', ...looks }));
  line(training, { stroke: data.tones.training, 'stroke-width': big ? 2 : 1.2 });
  line(validation, { stroke: data.tones.validation, 'stroke-width': big ? 2.5 : 1.5, 'stroke-dasharray': '6 4' });
  if (validation.length <= 40) {
    for (const [epoch, value] of validation) lines.append(draw('circle', { cx: x(epoch), cy: y(value), r: big ? 5 : 3, fill: data.tones.validation }));
  }
  const best = data.best === null ? undefined : validation.find((row) => row[0] === data.best);
  if (best) lines.append(draw('text', { x: x(best[0]), y: y(best[1]) - 6, 'text-anchor': 'middle', style: `fill:${data.tones.validation}` }, '★'));
  const now = draw('line', { y1: edge.top, y2: height - edge.bottom, stroke: 'currentColor', 'stroke-opacity': 0.5 });
  picture.append(clip, lines, now);
  holder.replaceChildren(picture);
  return (epoch) => {
    grown.setAttribute('width', x(epoch) + 7);
    for (const end of ['x1', 'x2']) now.setAttribute(end, x(epoch));
  };
}

function dotted(name, tone) {
  const dot = element('i', 'dot');
  dot.style.background = tone;
  const node = element('span');
  node.append(dot, name);
  return node;
}

function matrix(holder, data) {
  const size = data.classes.length;
  const [table, header, body] = [element('table'), element('thead'), element('tbody')];
  const first = element('tr');
  first.append(element('th', 'quiet', 'label ↓ answer →'));
  for (const [, name] of data.classes) {
    const column = element('th', '', size > 5 ? name.slice(0, 3) : name.slice(0, 7));
    column.scope = 'col';
    column.title = name;
    first.append(column);
  }
  header.append(first);
  const cells = data.classes.map(([, name, tone], row) => {
    const line = element('tr');
    const title = element('th');
    title.scope = 'row';
    title.append(dotted(name, tone));
    const mine = data.classes.map((_, column) => element('td', row === column ? 'own' : ''));
    line.append(title, ...mine);
    body.append(line);
    return mine;
  });
  table.append(header, body);
  holder.replaceChildren(table);
  return (moment) => {
    cells.forEach((mine, row) => {
      const counts = moment?.confusion[row];
      const total = counts?.reduce((sum, count) => sum + count, 0) || 0;
      mine.forEach((cell, column) => {
        const share = total ? counts[column] / total : 0;
        const [back, ink] = tint(share);
        cell.style.background = back;
        cell.style.color = ink;
        cell.textContent = total ? Math.round(100 * share) : '';
        cell.title = total ? `${data.classes[row][1]}, answered ${data.classes[column][1]}: ${counts[column]} of ${total}` : '';
      });
    });
  };
}

function tiles(holder, data) {
  const made = data.faces.map((face) => {
    const tile = element('figure');
    const picture = element('img');
    picture.src = face;
    picture.alt = '';
    const [label, says, bars] = [element('div', 'name'), element('div', 'says'), element('div', 'bars')];
    const fills = (data.classes.length <= MANY_CLASSES ? data.classes : []).map(([, name, tone]) => {
      const [track, fill] = [element('div', 'track'), element('span', 'fill')];
      fill.style.background = tone;
      track.append(fill);
      track.title = name;
      return bars.appendChild(track).firstChild;
    });
    tile.append(picture, label, says, bars);
    return { tile, label, says, fills };
  });
  holder.replaceChildren(...made.map((one) => one.tile));
  return (moment) =>
    made.forEach(({ tile, label, says, fills }, place) => {
      const answers = moment?.probabilities[place];
      const truth = moment?.labels[place];
      const best = answers ? answers.indexOf(Math.max(...answers)) : -1;
      tile.className = !answers ? '' : best === truth ? 'right' : 'wrong';
      label.replaceChildren(...(answers ? [dotted(data.classes[truth][1], data.classes[truth][2])] : []));
      says.textContent = answers ? `${best === truth ? '✓' : '✗'} ${data.classes[best][1]}${data.big ? '' : ' ' + percent(answers[best])}` : '';
      says.title = says.textContent;
      fills.forEach((fill, number) => (fill.style.width = answers ? percent(answers[number], 1) : '0'));
      tile.setAttribute('aria-label', answers ? `Labelled ${data.classes[truth][1]}, answered ${says.textContent.slice(2)}` : 'Not asked yet');
    });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.learn');
  const find = (name) => root.querySelector('.' + name);
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const end = data.stops.length - 1;
  const state = (root.playing ??= { place: data.autoplay && !calm ? 0 : end, on: data.autoplay && !calm, measure: 'accuracy', end });
  // What goes on training is followed, unless the viewer went back.
  if (state.place >= state.end || state.place > end) state.place = end;
  state.end = end;
  root.classList.toggle('big', data.big);
  const asked = data.moments.length > 0;
  find('side').hidden = !asked || data.classes.length > MANY_CLASSES + 2;
  find('faces').hidden = !asked || !data.faces.length;
  find('about').hidden = find('faces').hidden;
  find('about').textContent = data.about;
  // Made once: what is at work sends its figures anew every second, and cells that were made anew would never show their tint.
  const looks = JSON.stringify([asked, data.classes, data.faces]);
  if (state.looks !== looks) {
    state.looks = looks;
    state.fill = asked ? matrix(find('matrix'), data) : () => {};
    state.answer = asked ? tiles(find('faces'), data) : () => {};
  }
  let grow = () => {};
  let frame = null;
  let seen;

  const epochNow = () => {
    const low = Math.min(Math.floor(state.place), end);
    const high = Math.min(low + 1, end);
    return data.stops[low] + (data.stops[high] - data.stops[low]) * (state.place - low);
  };
  const show = () => {
    const epoch = epochNow();
    grow(epoch);
    const moment = data.moments.findLast((one) => one.epoch <= epoch + 1e-6);
    if (moment !== seen || seen === undefined) {
      seen = moment;
      state.fill(moment);
      state.answer(moment);
      find('score').textContent = 'Validation: ' + (moment?.score ?? 'not asked yet');
      find('limits').textContent = moment?.limits ?? '';
    }
    const phase = data.phases.findLast((one) => one[1] <= epoch + 1e-6 && one[0]);
    const parts = [`${phase ? phase[0] + ', e' : 'E'}poch ${epoch.toFixed(data.stops.length > 30 ? 0 : 2)} of ${data.end}`];
    for (const [name, rows] of [['training', data.training], ['validation', data.validation]]) {
      const row = last(rows[state.measure], epoch);
      if (row) parts.push(`${name} ${shown(state.measure, row[1])}`);
    }
    find('where').textContent = parts.join(' · ');
    find('place').value = Math.round(state.place);
    find('play').textContent = state.on ? 'Pause' : state.place >= end ? 'Play again' : 'Play';
  };
  const redraw = () => {
    grow = curve(find('curve'), data, state.measure, data.big);
    for (const button of root.querySelectorAll('[data-measure]')) button.setAttribute('aria-pressed', button.dataset.measure === state.measure);
    show();
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = null;
  };
  const run = () => {
    stop();
    if (!state.on) return show();
    const [began, from] = [performance.now(), state.place];
    const turn = (now) => {
      // A frame's time may lie before the click that asked for it.
      const place = from + (Math.max(0, now - began) / 1000 / data.seconds) * end;
      state.place = Math.min(end, calm ? Math.floor(place) : place);
      if (state.place >= end) state.on = false;
      show();
      if (state.on) frame = requestAnimationFrame(turn);
    };
    frame = requestAnimationFrame(turn);
  };
  const go = (place) => {
    state.on = false;
    state.place = Math.max(0, Math.min(end, place));
    run();
  };
  find('play').onclick = () => {
    state.on = !state.on;
    if (state.on && state.place >= end) state.place = 0;
    run();
  };
  find('back').onclick = () => go(Math.ceil(state.place) - 1);
  find('on').onclick = () => go(Math.floor(state.place) + 1);
  find('place').max = end;
  find('place').oninput = (event) => go(Number(event.target.value));
  for (const button of root.querySelectorAll('[data-measure]')) {
    button.onclick = () => {
      state.measure = button.dataset.measure;
      redraw();
    };
  }
  root.querySelectorAll('[data-tone]').forEach((stroke) => stroke.setAttribute('stroke', data.tones[stroke.dataset.tone]));
  redraw();
  run();
  let wide = find('curve').clientWidth;
  const watcher = new ResizeObserver(() => {
    if (find('curve').clientWidth === wide) return;
    wide = find('curve').clientWidth;
    redraw();
  });
  watcher.observe(find('curve'));
  return () => {
    stop();
    watcher.disconnect();
  };
}
