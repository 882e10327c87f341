"""Draw the same faces before and after training as one cloud of points that moves, in the browser alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core.figures.morph import moving_cloud
from fer_core.lesson.morph import Morph, Separation

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
_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_component = st.components.v2.component(
    "fer_morph", html=_HTML, css=_CSS, js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


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

    _component(key=key, data=moving_cloud(morph, measured) | {"big": big, "opens": on_open is not None}, on_opened_change=opened)
