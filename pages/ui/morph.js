// What the component of morph.py does in the browser.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.morph');
  const find = (name) => root.querySelector(name);
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (root.digest !== data.digest) { root.digest = data.digest; root.at = 0; root.alone = -1; }
  root.classList.toggle('big', data.big);
  root.setAttribute('aria-label', data.label);
  const canvas = find('canvas'), pen = canvas.getContext('2d'), count = data.classes_of.length;
  canvas.setAttribute('aria-label', data.label);
  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const grey = rgb(data.grey), tones = data.classes.map((one) => rgb(one[1]));
  const ease = (at) => at * at * (3 - 2 * at);
  let wide = 0, high = 0, frame = null;
  // Each picture is as large as it fits, with one scale for both axes.
  const put = (x, y, [left, right, low, top]) => {
    const scale = 0.93 * Math.min(wide / (right - left), high / (top - low));
    return [wide / 2 + scale * (x - (left + right) / 2), high / 2 - scale * (y - (low + top) / 2)];
  };
  const place = (number, at) => {
    const [x0, y0, x1, y1] = [0, 1, 2, 3].map((part) => data.points[4 * number + part]);
    const from = put(x0, y0, data.bounds[0]), to = put(x1, y1, data.bounds[1]);
    return [from[0] + (to[0] - from[0]) * at, from[1] + (to[1] - from[1]) * at];
  };
  // Names stand at the medians of their points, one below the other where they would overlap.
  const name = (shown) => {
    const labels = data.middles.map((middle, kind) => [kind, find('.names').children[kind], ...put(...middle, data.bounds[1])]);
    const placed = [];
    for (const [kind, label, x, y] of labels.sort((one, other) => one[3] - other[3])) {
      const half = label.offsetWidth / 2 + 6, tall = label.offsetHeight + 3;
      const left = Math.min(wide - half, Math.max(half, x));
      const under = placed.filter((one) => Math.abs(one[0] - left) < one[1] + half).map((one) => one[2] + tall);
      const top = Math.max(y, ...under);
      placed.push([left, half, top]);
      label.style.left = left + 'px'; label.style.top = top + 'px';
      label.style.opacity = shown * (root.alone >= 0 && root.alone !== kind ? 0.25 : 1);
    }
  };
  const draw = () => {
    const box = canvas.getBoundingClientRect(), dense = window.devicePixelRatio || 1;
    if (!box.width) return;
    wide = box.width; high = box.height;
    if (canvas.width !== Math.round(wide * dense)) canvas.width = Math.round(wide * dense);
    if (canvas.height !== Math.round(high * dense)) canvas.height = Math.round(high * dense);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, wide, high);
    const at = ease(root.at), size = Math.max(1.7, Math.min(3.4, wide / 260)) * (count < 1200 ? 1.25 : 1);
    for (let kind = 0; kind < tones.length; kind++) {
      const alone = root.alone === kind, faint = root.alone >= 0 && !alone;
      const share = alone ? 1 : faint ? 0 : at;
      pen.fillStyle = `rgb(${grey.map((value, part) => Math.round(value + (tones[kind][part] - value) * share)).join(' ')} / ` +
        `${faint ? 0.16 : 0.72})`;
      for (let number = 0; number < count; number++) {
        if (data.classes_of[number] !== kind) continue;
        const [x, y] = place(number, at);
        pen.beginPath(); pen.arc(x, y, size, 0, 7); pen.fill();
      }
    }
    name(Math.max(0, (at - 0.75) * 4));
    const end = root.at < 0.02 ? 0 : root.at > 0.98 ? 1 : 2;
    if (find('.now').textContent !== data.ends[end]) find('.now').textContent = data.ends[end];
    find('.bars').querySelectorAll('.bar').forEach((bar, number) => bar.classList.toggle('on', end < 2 && number === end));
    find('input').value = Math.round(100 * root.at);
    find('input').setAttribute('aria-valuetext', data.ends[end]);
    const jump = root.at < 1 ? 'Show after' : 'Show before';
    find('.play').textContent = frame ? 'Pause' : calm ? jump : root.at >= 1 ? 'Again' : 'Play';
  };
  const stop = () => { cancelAnimationFrame(frame); frame = null; draw(); };
  const go = (at) => { root.at = Math.min(1, Math.max(0, at)); stop(); };
  const play = () => {
    if (frame) return stop();
    if (calm) return go(root.at < 1 ? 1 : 0);
    let from = root.at >= 1 ? 0 : root.at, since = null;
    const step = (now) => {
      since ??= now;
      root.at = Math.min(1, from + (now - since) / 3600);
      if (root.at >= 1) return stop();
      frame = requestAnimationFrame(step);
      draw();
    };
    frame = requestAnimationFrame(step);
  };
  find('.names').replaceChildren(...data.classes.map(([name, tone]) => {
    const label = document.createElement('span');
    label.textContent = name; label.style.setProperty('--tone', tone);
    return label;
  }));
  find('.classes').replaceChildren(...data.classes.map(([name, tone, faces], kind) => {
    const button = document.createElement('button');
    button.type = 'button'; button.innerHTML = '<span class="dot"></span>';
    button.append(name); button.title = faces;
    button.style.setProperty('--tone', tone);
    button.setAttribute('aria-pressed', String(root.alone === kind));
    button.onclick = () => {
      root.alone = root.alone === kind ? -1 : kind;
      [...find('.classes').children].forEach((one, other) => one.setAttribute('aria-pressed', String(root.alone === other)));
      draw();
    };
    return button;
  }));
  const rows = data.bars.map(([name, value, low, high, tone]) => {
    const row = document.createElement('div');
    row.className = 'bar';
    row.innerHTML = '<span></span><span class="track"><span class="fill"></span><span class="range"></span></span>' +
      '<span class="value"></span>';
    row.style.setProperty('--tone', tone);
    row.firstChild.textContent = name;
    row.querySelector('.fill').style.width = 100 * value + '%';
    row.querySelector('.range').style.left = 100 * low + '%';
    row.querySelector('.range').style.width = 100 * (high - low) + '%';
    row.querySelector('.value').textContent = Math.round(100 * value) + '%';
    return row;
  });
  const what = document.createElement('div');
  what.className = 'what'; what.textContent = data.what;
  find('.bars').replaceChildren(...rows, what);
  const near = (event) => {
    const box = canvas.getBoundingClientRect();
    let best = -1, least = 144;
    for (let number = 0; number < count; number++) {
      const [x, y] = place(number, ease(root.at));
      const far = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
      if (far < least) { least = far; best = number; }
    }
    return best;
  };
  canvas.onpointermove = (event) => {
    const number = near(event), tip = find('.tip'), box = canvas.getBoundingClientRect();
    tip.hidden = number < 0;
    canvas.style.cursor = number >= 0 && data.opens ? 'pointer' : 'default';
    if (number < 0) return;
    tip.textContent = data.classes[data.classes_of[number]][0] + (data.opens ? ', click to see the face' : '');
    tip.style.left = Math.min(event.clientX - box.left + 14, Math.max(4, wide - tip.offsetWidth - 4)) + 'px';
    tip.style.top = Math.max(4, event.clientY - box.top - 34) + 'px';
  };
  canvas.onpointerleave = () => { find('.tip').hidden = true; };
  canvas.onclick = (event) => {
    const number = near(event);
    if (number >= 0 && data.opens) setTriggerValue('opened', number);
  };
  find('.play').onclick = play;
  find('input').oninput = (event) => go(event.target.value / 100);
  root.onkeydown = (event) => {
    if (event.target !== root) return;
    const moves = { ArrowLeft: root.at - 0.1, ArrowRight: root.at + 0.1, Home: 0, End: 1 };
    if (event.key !== ' ' && !(event.key in moves)) return;
    event.preventDefault(); event.stopPropagation();
    if (event.key === ' ') play(); else go(moves[event.key]);
  };
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  draw();
  return () => { cancelAnimationFrame(frame); watch.disconnect(); };
}
