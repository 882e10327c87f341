"""Let a kernel move by itself over a small face, in the browser alone: products, their sum, and the map that fills."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from fer_core.figures import theme
from fer_core.lesson.kernels import Kernel, slide
from pages.learn.parts import player

_HTML = (
    """
<section class="player kernel" tabindex="0" role="group">
  <figure class="from"><figcaption></figcaption><canvas role="img"></canvas></figure>
  <div class="sum"><div class="tables"><figure><figcaption>Pixels</figcaption><table class="pixels"></table></figure>
  <span class="sign">×</span><figure><figcaption>Kernel</figcaption><table class="weights"></table></figure>
  <span class="sign">=</span><figure><figcaption>Products</figcaption><table class="products"></table></figure></div>
  <div class="total" aria-live="off"></div></div>
  <figure class="to"><figcaption></figcaption><canvas role="img"></canvas></figure>
  <div class="below">
"""
    + player.KEYS
    + '<button type="button" class="pace" aria-pressed="false">Slowly</button></div></section>'
)
_CSS = (
    player.CSS
    + """
.kernel{display:grid;grid-template-columns:minmax(0,17em) minmax(0,1fr) minmax(0,17em);gap:8px 22px;align-items:center}
.kernel figure{margin:0}
.kernel figcaption{font-size:.95em;margin-bottom:3px}
.kernel canvas{width:100%;max-width:17em;aspect-ratio:1;display:block;border-radius:6px;image-rendering:pixelated;
background:color-mix(in srgb,currentColor 5%,transparent)}
.tables{display:flex;flex-wrap:wrap;gap:8px 10px;align-items:center;justify-content:center}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td{width:2.6em;height:1.9em;padding:0;text-align:center;font-size:.92em;
border:1px solid color-mix(in srgb,currentColor 22%,transparent);
background:color-mix(in srgb,var(--tone,transparent) var(--much,0%),transparent)}
.products td{width:3.2em}
.sign{font-size:1.3em;font-weight:650}
.total{font-size:1.25em;font-weight:650;text-align:center;margin-top:.5em;font-variant-numeric:tabular-nums}
.below{grid-column:1/-1;display:flex;gap:8px;align-items:center;flex-wrap:wrap}
.pace[aria-pressed=true]{background:color-mix(in srgb,currentColor 14%,transparent)}
.kernel.big{grid-template-columns:minmax(0,1fr) auto minmax(0,1fr);gap:24px 40px}
.kernel.big :is(td,figcaption){font-size:1em}
.kernel.big canvas{max-width:min(100%,56vh)}
@media(max-width:900px){.kernel{grid-template-columns:1fr 1fr}.sum{grid-column:1/-1;order:3}.below{order:4}}
"""
)
_JS = (
    player.JS
    + """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.kernel');
  const find = (name) => root.querySelector(name);
  const side = data.picture.length, size = data.weights.length, across = data.map[0].length, count = across * data.map.length;
  const write = (value) => String(Math.round(value * 100) / 100).replace('-', '\\u2212');
  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const tones = data.tones.map(rgb), zero = [245, 245, 245];
  const top = Math.max(...data.map.flat().map(Math.abs), 1e-9);
  const tint = (value) => {
    const tone = tones[value < 0 ? 1 : 0], share = Math.abs(value) / top;
    return `rgb(${zero.map((part, at) => Math.round(part + (tone[at] - part) * share)).join(' ')})`;
  };
  const from = find('.from canvas'), to = find('.to canvas');
  const dot = Math.max(1, Math.round(768 / side));
  const pens = [from, to].map((canvas) => { canvas.width = canvas.height = dot * side; return canvas.getContext('2d'); });
  const frame = (pen, x, y, wide) => {
    pen.lineWidth = dot / 3; pen.strokeStyle = '#fff'; pen.strokeRect(x * dot, y * dot, wide * dot, wide * dot);
    pen.lineWidth = dot / 6; pen.strokeStyle = '#000'; pen.strokeRect(x * dot, y * dot, wide * dot, wide * dot);
  };
  const face = document.createElement('canvas');
  face.width = face.height = dot * side;
  const ink = face.getContext('2d');
  data.picture.forEach((row, y) => row.forEach((value, x) => {
    ink.fillStyle = `rgb(${value} ${value} ${value})`;
    ink.fillRect(x * dot, y * dot, dot, dot);
  }));
  const edge = (side - across) / 2;
  const table = (name, values, most) => find('.' + name).replaceChildren(...values.map((row) => {
    const line = document.createElement('tr');
    line.append(...row.map((value) => {
      const cell = document.createElement('td');
      cell.textContent = write(value);
      if (most) cell.style.cssText = `--tone:${data.tones[value < 0 ? 1 : 0]};--much:${Math.round(45 * Math.abs(value) / most)}%`;
      return cell;
    }));
    return line;
  }));
  const mostWeight = Math.max(...data.weights.flat().map(Math.abs));
  const show = (place) => {
    const y = Math.floor(place / across), x = place % across;
    const pixels = data.weights.map((row, down) => row.map((_, right) => data.picture[y + down][x + right]));
    const products = pixels.map((row, down) => row.map((value, right) => value * data.weights[down][right]));
    table('pixels', pixels);
    table('weights', data.weights, mostWeight);
    table('products', products, 255 * mostWeight);
    find('.total').textContent = 'Sum: ' + write(data.map[y][x]);
    pens[0].drawImage(face, 0, 0);
    frame(pens[0], x, y, size);
    pens[1].clearRect(0, 0, dot * side, dot * side);
    for (let done = 0; done <= place; done++) {
      pens[1].fillStyle = tint(data.map[Math.floor(done / across)][done % across]);
      pens[1].fillRect((done % across + edge) * dot, (Math.floor(done / across) + edge) * dot, dot, dot);
    }
    frame(pens[1], x + edge, y + edge, 1);
  };
  find('.from figcaption').textContent = data.names[0];
  find('.to figcaption').textContent = data.names[1];
  from.setAttribute('aria-label', data.names[0] + '; the kernel is framed');
  to.setAttribute('aria-label', data.names[1] + ' so far; it finds ' + data.finds);
  root.slow ??= false;
  const pace = find('.pace');
  const mark = () => pace.setAttribute('aria-pressed', String(root.slow));
  pace.hidden = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  pace.onclick = () => { root.slow = !root.slow; mark(); };
  mark();
  // The first places can be read; those after them pass quickly, unless the viewer wants to read on.
  const wait = (place) => (root.slow || place < 5 ? 900 : 45);
  const { digest, big, label } = data;
  const steps = player(root, { digest, big, label, count, show, wait, begins: true });
  return () => steps.end();
}
"""
)
_component = st.components.v2.component("fer_kernel", html=_HTML, css=_CSS, js=_JS)


def moving_kernel(picture: np.ndarray, kernel: Kernel, *, key: str, big: bool = False) -> None:
    """Draw a kernel that moves over a picture, with the products under it, and the map that fills.

    Args:
        picture: (N, N) uint8, small.
        kernel: square, with an odd side.
        key: of the component.
        big: for a projector: text of 28 pixels in a window 1,920 wide, larger pictures.
    """
    sums = slide(picture, kernel)
    data = {
        "digest": hashlib.blake2b(picture.tobytes() + kernel.array.tobytes(), digest_size=8).hexdigest(),
        "picture": picture.tolist(),
        "weights": kernel.array.tolist(),
        "map": sums.tolist(),
        "names": [f"The face, {len(picture)}×{len(picture)} pixels", f"The map, {len(sums)}×{len(sums)} sums"],
        "finds": kernel.finds,
        "tones": list(theme.PAIR),
        "label": f"The kernel {kernel.name} moves over a face",
        "big": big,
    }
    _component(key=key, data=data)
