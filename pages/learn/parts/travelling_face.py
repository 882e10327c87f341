"""Let a face travel through MobileNet in the browser alone: what each stage makes of it is shown as the face arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.labels import display_name
from fer_core.lesson.feature_maps import CEILING, Journey, StageMaps
from pages.learn.parts import player
from pages.ui.faces import png_uri

_HTML = (
    """
<section class="player travel" tabindex="0" role="group">
  <div class="track" role="group" aria-label="Stages"></div>
  <div class="stage"><div class="head"><span class="title"></span><span class="shape"></span></div>
  <div class="words" aria-live="polite"></div><div class="maps"></div></div>
"""
    + player.KEYS
    + "</section>"
)
_CSS = (
    player.CSS
    + """
.travel{display:grid;gap:10px}
.track{position:relative;display:flex;gap:4px;padding-top:2.9em}
.player.travel .track button{flex:1 1 0;min-width:0;padding:2px;border:2px solid transparent;border-radius:6px;line-height:1.2}
.player.travel .track button[aria-current=step]{border-color:#3585C0}
.track button img{width:100%;aspect-ratio:1;display:block;border-radius:3px;image-rendering:pixelated;opacity:.35}
.track button.passed img{opacity:1}
.track .short{font-size:.8em}
.rider{position:absolute;left:0;top:0;width:2.6em;height:2.6em;border-radius:50%;object-fit:cover;pointer-events:none;
border:2px solid #3585C0;transition:transform .7s ease-in-out}
.head{display:flex;flex-wrap:wrap;gap:.1em .8em;align-items:baseline}
.title{font-size:1.35em;font-weight:650}
.shape{font-size:1.1em;font-variant-numeric:tabular-nums}
.words{margin:.1em 0 .5em}
.maps{display:grid;gap:8px;grid-template-columns:repeat(8,minmax(0,1fr));max-width:1120px}
.maps img{width:100%;aspect-ratio:1;display:block;border-radius:6px;image-rendering:pixelated}
.maps.one{grid-template-columns:minmax(0,1fr);width:11em}
.maps.bars{display:block;max-width:44em}
.row{display:grid;grid-template-columns:6em 1fr 4em 4em;gap:10px;align-items:center;line-height:1.75}
.row.best{font-weight:650}
.bar{height:.8em;border-radius:.4em;background:color-mix(in srgb,currentColor 10%,transparent);overflow:hidden}
.fill{display:block;height:100%;background:var(--tone);width:var(--share)}
.row .number{text-align:right;font-variant-numeric:tabular-nums}
.stage{min-height:12.5em}
.moves .maps>*{animation:arrive .55s both;animation-delay:calc(var(--turn)*55ms)}
@keyframes arrive{from{opacity:0;transform:translateX(-1.2em) scale(.7)}}
.travel.big .maps{max-width:none;gap:14px}
.travel.big .maps.one{width:min(11.5em,38vh)}
.travel.big .short{font-size:1em}
.travel.big .stage{min-height:14.5em}
@media(max-width:640px){.travel .maps{grid-template-columns:repeat(4,minmax(0,1fr))}.travel .maps.one{grid-template-columns:1fr}
.track{flex-wrap:wrap}.player.travel .track button{flex:0 0 calc(100%/9 - 4px)}}
@media(prefers-reduced-motion:reduce){.rider{transition:none}.moves .maps>*{animation:none}}
"""
)
_JS = (
    player.JS
    + """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.travel');
  const find = (name) => root.querySelector(name);
  const make = (kind, given = {}) => Object.assign(document.createElement(kind), given);
  const rider = make('img', { className: 'rider', src: data.face, alt: '' });
  let steps = null;
  const stops = data.stops.map((stop, place) => {
    const button = make('button', { type: 'button', title: stop.title + ', ' + stop.shape, onclick: () => steps.go(place) });
    button.setAttribute('aria-label', stop.title + ', ' + stop.shape);
    button.append(make('img', { src: stop.small, alt: '' }), make('span', { className: 'short', textContent: stop.short }));
    return button;
  });
  find('.track').replaceChildren(...stops, rider);
  const ride = (place) => {
    const stop = stops[place], left = stop.offsetLeft + stop.offsetWidth / 2 - rider.offsetWidth / 2;
    rider.style.transform = `translate(${left}px, ${Math.max(0, stop.offsetTop - rider.offsetHeight - 2)}px)`;
  };
  const bar = ([name, tone, logit, share], number, all) => {
    const row = make('div', { className: 'row' });
    row.classList.toggle('best', share === Math.max(...all.map((one) => one[3])));
    row.innerHTML = '<span></span><span class="bar"><span class="fill"></span></span><span class="number"></span>' +
      '<span class="number"></span>';
    row.firstChild.textContent = name;
    row.style.setProperty('--tone', tone);
    row.style.setProperty('--share', 100 * share + '%');
    row.children[2].textContent = logit.toFixed(2).replace('-', '\\u2212');
    row.children[3].textContent = Math.round(100 * share) + '%';
    return row;
  };
  const show = (place, { calm }) => {
    const stop = data.stops[place], maps = find('.maps');
    stops.forEach((button, number) => {
      button.classList.toggle('passed', number <= place);
      if (number === place) button.setAttribute('aria-current', 'step'); else button.removeAttribute('aria-current');
    });
    find('.title').textContent = stop.title;
    find('.shape').textContent = stop.shape;
    find('.words').textContent = stop.words;
    root.classList.toggle('moves', !calm);
    maps.className = 'maps ' + stop.kind;
    const cells = stop.rows ? stop.rows.map(bar) : stop.pictures.map(([src, alt]) => make('img', { src, alt, title: alt }));
    cells.forEach((cell, number) => cell.style.setProperty('--turn', number));
    maps.replaceChildren(...cells);
    ride(place);
  };
  const wait = (place) => (place === 0 ? 1200 : data.stops[place].kind === 'one' ? 2600 : 1700);
  const { digest, big, label } = data;
  steps = player(root, { digest, big, label, count: stops.length, show, wait, begins: false });
  const watch = new ResizeObserver(() => ride(root.place));
  watch.observe(root);
  return () => { steps.end(); watch.disconnect(); };
}
"""
)
_component = st.components.v2.component("fer_travel", html=_HTML, css=_CSS, js=_JS)


def travelling_face(
    way: Journey, answers: Sequence[tuple[str, str, float]], *, temperature: float = 1.0, key: str, big: bool = False
) -> None:
    """Draw the stages of a face's way, and play them one after the other.

    Args:
        way: what the network made of the face.
        answers: (class, colour, probability) in the order of the logits; empty where the network was never told the classes.
        temperature: by which the logits are divided before they become probabilities.
        key: of the component.
        big: for a projector: text of 28 pixels in a window 1,920 wide.
    """
    stops = [_face(way), *(_stage(maps, before) for maps, before in zip(way.stages, (None, *way.stages), strict=False))]
    stops.append(_pooled(way))
    if answers:
        stops.append(_answer(way, answers, temperature))
    best = max(answers, key=lambda row: row[2], default=None)
    end = f", and answers {display_name(best[0])}" if best else ""
    data = {
        "digest": hashlib.blake2b(way.face.tobytes() + way.pooled.tobytes(), digest_size=8).hexdigest(),
        "face": png_uri(way.face),
        "stops": stops,
        "label": f"A face travels through the {len(way.stages)} stages of MobileNet{end}",
        "big": big,
    }
    _component(key=key, data=data)


def _face(way: Journey) -> dict[str, object]:
    rows, columns = way.face.shape
    words = f"What comes in: {numbers.count(way.face.size)} grey values. The network sees nothing else."
    picture = png_uri(way.face)
    pictures = [[picture, "The face"]]
    shown = {"title": "The face", "short": "Face", "shape": f"{rows}×{columns}", "words": words}
    return {**shown, "kind": "one", "small": picture, "pictures": pictures}


def _stage(maps: StageMaps, before: StageMaps | None) -> dict[str, object]:
    name = maps.stage.replace("_", " ")
    title = name[:1].upper() + name[1:]
    side = maps.maps.shape[1]
    was = before.maps.shape[1] if before else None
    words = "The first convolution" if before is None else "Halves the map" if was != side else "Keeps the size of the map"
    words += f". The {len(maps.channels)} channels that differ most from place to place; bright is found, dark is not."
    if maps.silent >= 0.005:
        words += f" {numbers.percent(maps.silent, 0)} of its channels find nothing in this face."
    pictures = [
        [png_uri(_tinted(plane)), f"{title}, channel {int(channel)}"]
        for channel, plane in zip(maps.channels, maps.maps, strict=True)
    ]
    shape = f"{side}×{side} places, {numbers.count(maps.total)} channels"
    short = "S" if before is None else maps.stage.removeprefix("block_")
    return {
        "title": title,
        "short": short,
        "shape": shape,
        "words": words,
        "kind": "many",
        "small": pictures[0][0],
        "pictures": pictures,
    }


def _pooled(way: Journey) -> dict[str, object]:
    side = way.stages[-1].maps.shape[1]
    count = len(way.pooled)
    columns = int(np.ceil(np.sqrt(count)))
    square = np.zeros(columns * columns, np.float32)
    square[:count] = way.pooled / max(float(way.pooled.max()), 1e-6) * CEILING
    picture = png_uri(_tinted(square.reshape(columns, columns)))
    words = (
        f"The mean of each channel over its {side}×{side} places: how much of it there is, wherever it is. "
        f"A pixel a channel; {numbers.percent(float((way.pooled < 0.01).mean()), 0)} are nearly 0."
    )
    shown = {"title": "Pooling", "short": "P", "shape": f"{numbers.count(count)} numbers", "words": words}
    return {**shown, "kind": "one", "small": picture, "pictures": [[picture, f"The {count} pooled features"]]}


def _answer(way: Journey, answers: Sequence[tuple[str, str, float]], temperature: float) -> dict[str, object]:
    rows = [
        [display_name(name), tone, float(logit), share] for (name, tone, share), logit in zip(answers, way.logits, strict=True)
    ]
    best = max(rows, key=lambda row: row[3])
    divided = "" if temperature == 1 else f", divided by the temperature of {temperature:.2f},"
    words = (
        f"Answer: {best[0]}. A logit is a weighted sum of the {numbers.count(len(way.pooled))} numbers; "
        f"softmax of the logits{divided} makes shares of them."
    )
    tones = [[int(tone[start : start + 2], 16) for start in (1, 3, 5)] for _, tone, _ in answers]
    shares = np.array([share for *_, share in answers])
    small = np.full((24, 24, 3), 127, np.uint8)
    step = 24 // len(answers) or 1
    for place, (tone, share) in enumerate(zip(tones, shares, strict=True)):
        small[place * step : (place + 1) * step - (step > 2), : max(1, round(24 * float(share)))] = tone
    shape = f"{len(answers)} logits"
    return {
        "title": "The answer",
        "short": "H",
        "shape": shape,
        "words": words,
        "kind": "bars",
        "small": png_uri(small),
        "rows": rows,
    }


def _tinted(plane: np.ndarray) -> np.ndarray:
    grey = np.clip(plane / CEILING * 255, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(grey, cv2.COLORMAP_CIVIDIS)[..., ::-1]
