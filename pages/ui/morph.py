"""Draw the same faces before and after training as one cloud of points that moves, in the browser alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.figures import theme
from fer_core.labels import colours, display_name
from fer_core.lesson.morph import Morph, Separation

_FINE = 1000
"""Positions are sent as whole numbers from -1000 to 1000."""

_HTML = """
<section class="morph" tabindex="0" role="group">
  <div class="plane"><canvas role="img"></canvas><div class="names" aria-hidden="true"></div><div class="tip" hidden></div></div>
  <div class="side"><div class="now" aria-live="polite"></div><div class="bars"></div>
  <div class="classes" role="group" aria-label="Show one expression alone"></div></div>
  <div class="keys"><button type="button" class="play"></button>
  <span>Before</span>
  <input type="range" min="0" max="100" value="0" aria-label="From before training to after it"><span>After</span>
  </div>
</section>
"""
_CSS = """
.morph{display:grid;grid-template-columns:minmax(0,3fr) minmax(200px,1fr);gap:6px 26px;outline:none;font-size:1rem;
line-height:1.35}
.morph:focus-visible{outline:3px solid #3585C0;outline-offset:4px;border-radius:6px}
.plane{position:relative;height:358px;border-radius:10px;
background:color-mix(in srgb,currentColor 4%,transparent);overflow:hidden}
canvas{position:absolute;inset:0;width:100%;height:100%}
.names span{position:absolute;transform:translate(-50%,-50%);font-weight:650;padding:0 .35em;border-radius:.35em;
line-height:1.2;font-size:.94em;white-space:nowrap;pointer-events:none;
background:var(--st-background-color,Canvas);border:2px solid var(--tone)}
.tip{position:absolute;padding:.1em .5em;border-radius:.4em;pointer-events:none;white-space:nowrap;
background:var(--st-background-color,Canvas);border:1px solid color-mix(in srgb,currentColor 35%,transparent)}
.tip[hidden]{display:none}
.side{display:flex;flex-direction:column;justify-content:center;gap:.55em;min-width:0}
.now{font-size:1.3em;font-weight:650;min-height:2.7em}
.bar{display:grid;grid-template-columns:4em 1fr 3em;gap:8px;align-items:center}
.bar.on{font-weight:650}
.track{position:relative;height:.85em;border-radius:.3em;background:color-mix(in srgb,currentColor 10%,transparent)}
.fill{position:absolute;inset:0 auto 0 0;border-radius:.3em;background:var(--tone)}
.range{position:absolute;top:50%;height:2px;background:currentColor}
.value{text-align:right;font-variant-numeric:tabular-nums}
.what{opacity:.8;font-size:.9em}
.classes{display:flex;flex-wrap:wrap;gap:6px;margin-top:.3em}
.morph button{font:inherit;color:inherit;background:transparent;border:1px solid color-mix(in srgb,currentColor 30%,transparent);
border-radius:8px;padding:.15em .7em;cursor:pointer}
.morph button:focus-visible{outline:3px solid #3585C0}
.morph button[aria-pressed=true]{background:color-mix(in srgb,currentColor 14%,transparent)}
.dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.4em;background:var(--tone)}
.keys{grid-column:1/-1;display:flex;gap:12px;align-items:center;max-width:760px}
.keys .play{font-weight:650;min-width:6.2em;padding:.3em .9em}
.keys input{flex:1;accent-color:#3585C0;min-width:60px}
.morph.big{font-size:clamp(18px,1.46vw,28px)}
.morph.big :is(.what,.names span){font-size:1em}
.morph.big .plane{height:min(66vh,780px)}
.morph.big .keys{max-width:none}
@media(max-width:640px){.morph{grid-template-columns:minmax(0,1fr)}.plane{height:300px}.side{order:3}.now{min-height:0}}
"""
_JS = """
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
"""
_component = st.components.v2.component("fer_morph", html=_HTML, css=_CSS, js=_JS)


def morph_picture(
    morph: Morph, measured: Separation, *, key: str, big: bool = False, on_open: Callable[[int], None] | None = None
) -> None:
    """Draw the faces before training, with a button and a slider that move them to where they are after it.

    Args:
        morph: the faces.
        measured: how separated their classes are.
        key: of the component.
        big: for a projector: text of 28 pixels in a window 1,920 wide, and most of the window's height.
        on_open: callback with the sample of a point that is clicked; None where there are no pictures of the faces.
    """

    def opened() -> None:
        place = st.session_state[key].opened
        if on_open is not None and place is not None and 0 <= int(place) < len(morph.samples):
            on_open(int(morph.samples[int(place)]))

    _component(key=key, data=_data(morph, measured, big=big, opens=on_open is not None), on_opened_change=opened)


def _data(morph: Morph, measured: Separation, *, big: bool, opens: bool) -> dict[str, object]:
    points = np.concatenate([morph.before, morph.after], axis=1)
    points = np.rint(points * (_FINE / max(float(np.abs(points).max()), 1e-9))).astype(int)
    counts = np.bincount(morph.labels, minlength=len(morph.classes))
    present = [place for place, n in enumerate(counts) if n]
    tones = colours(morph.classes)
    middles = [np.median(points[morph.labels == place, 2:], axis=0).tolist() for place in present]
    shown = [[display_name(morph.classes[place]), tones[morph.classes[place]]] for place in present]
    bars = (("Before", *measured.before, theme.GREY), ("After", *measured.after, theme.TRAINING))
    chance = ("Chance", measured.chance, measured.chance, measured.chance, theme.GREY)
    return {
        "digest": hashlib.blake2b(points.tobytes(), digest_size=8).hexdigest(),
        "points": points.ravel().tolist(),
        "bounds": [_bounds(points[:, :2]), _bounds(points[:, 2:])],
        "classes_of": [present.index(label) for label in morph.labels.tolist()],
        "classes": [[*each, f"{counts[place]:,} faces"] for each, place in zip(shown, present, strict=True)],
        "middles": middles,
        "bars": [*bars, chance],
        "ends": ["Before training: ImageNet's features", "After training: the run's features", "On the way: straight lines"],
        "what": f"Of the {measured.count} nearest faces, how many share the label",
        "label": (
            f"{numbers.count(measured.n)} faces as points, before and after training: of the {measured.count} nearest faces "
            f"{numbers.percent(measured.before[0], 0)} share the label before, {numbers.percent(measured.after[0], 0)} after"
        ),
        "grey": theme.GREY,
        "big": big,
        "opens": opens,
    }


def _bounds(points: np.ndarray) -> list[int]:
    """Left, right, lower and upper edge."""
    low, high = points.min(axis=0), points.max(axis=0)
    return [int(low[0]), int(max(high[0], low[0] + 1)), int(low[1]), int(max(high[1], low[1] + 1))]
