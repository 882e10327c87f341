"""Play the recorded film of a drawn face: the face, its saliency map and the run's bars move together, in the browser alone."""

from __future__ import annotations

import streamlit as st

from fer_core.labels import colours, display_name
from fer_core.lesson import moving_face

_HTML = """
<div class="film" role="group" aria-label="A drawn face, where the network looks, and what it answers">
  <img class="face" alt="A drawn face"><img class="covered" alt="Where the network looks">
  <div class="answer"><div class="says" aria-live="off"></div><div class="bars"></div>
  <button type="button" class="play"></button></div>
</div>
"""
_CSS = """
.film{display:grid;grid-template-columns:minmax(0,248px) minmax(0,248px) minmax(0,1fr);gap:18px;align-items:center}
.film img{width:100%;aspect-ratio:1;border-radius:10px;display:block;background:color-mix(in srgb,currentColor 8%,transparent)}
.says{font-size:1.7rem;font-weight:650;line-height:1.2;margin-bottom:.5em}
.bar{display:grid;grid-template-columns:5em 1fr 3em;gap:8px;align-items:center;line-height:1.75}
.track{height:.8em;border-radius:.4em;background:color-mix(in srgb,currentColor 10%,transparent);overflow:hidden}
.fill{display:block;height:100%;border-radius:.4em;transition:width .28s linear}
.value{text-align:right;font-variant-numeric:tabular-nums}
.play{margin-top:.7em;padding:.25em .9em;border-radius:8px;border:1px solid color-mix(in srgb,currentColor 30%,transparent);
background:transparent;color:inherit;font:inherit;cursor:pointer}
.play:focus-visible{outline:3px solid #3585C0}
@media(max-width:640px){.film{grid-template-columns:1fr 1fr;gap:10px}.answer{grid-column:1/3}}
"""
_JS = """
export default function ({ data, parentElement }) {
  const film = parentElement.querySelector('.film');
  const find = (name) => film.querySelector('.' + name);
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const rows = data.classes.map(([name, shown, tone]) => {
    const row = document.createElement('div');
    row.className = 'bar';
    row.innerHTML = '<span></span><span class="track"><span class="fill"></span></span><span class="value"></span>';
    row.firstChild.textContent = shown;
    row.querySelector('.fill').style.background = tone;
    return [name, shown, row];
  });
  find('bars').replaceChildren(...rows.map((row) => row[2]));
  let place = Math.min(3, data.frames.length - 1);
  const show = () => {
    const frame = data.frames[place];
    find('face').src = 'data:image/webp;base64,' + frame.face;
    find('covered').src = 'data:image/webp;base64,' + frame.covered;
    let best = rows[0];
    for (const row of rows) {
      const share = frame.probabilities[row[0]] ?? 0;
      row[2].querySelector('.fill').style.width = 100 * share + '%';
      row[2].querySelector('.value').textContent = Math.round(100 * share) + '%';
      if (share > (frame.probabilities[best[0]] ?? 0)) best = row;
    }
    const said = best[1] + ', ' + Math.round(100 * frame.probabilities[best[0]]) + '%';
    find('says').textContent = frame.sure ? said : 'Not sure (' + said + ')';
  };
  let timer = null;
  const play = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => { place = (place + 1) % data.frames.length; show(); }, 420) : null;
    find('play').textContent = on ? 'Pause' : 'Play';
  };
  find('play').onclick = () => play(timer === null);
  show();
  play(!calm);
  return () => clearInterval(timer);
}
"""
_component = st.components.v2.component("fer_film", html=_HTML, css=_CSS, js=_JS)


def film() -> str:
    """Play the film that ships; returns the name of the run whose answers it shows.

    Raises:
        NotFoundError: the file is missing or damaged.
    """
    about, frames, classes = _recorded()
    _component(
        key="film",
        data={
            "classes": [[name, display_name(name), tone] for name, tone in colours(classes).items()],
            "frames": [
                {"face": frame.face, "covered": frame.covered, "probabilities": frame.probabilities, "sure": frame.sure}
                for frame in frames
            ],
        },
    )
    return about["run"]


@st.cache_data(show_spinner=False)
def _recorded() -> tuple[dict[str, str], list[moving_face.Frame], tuple[str, ...]]:
    about, frames = moving_face.load()
    return about, frames, tuple(frames[0].probabilities)
