"""Draw the same faces before and after training as one cloud of points that moves, in the browser alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

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
