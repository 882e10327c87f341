"""The sliders that corrupt a face: what they are called, where they stand, and what they do to pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st

from fer_core.photos.corruption import BAR, CORRUPTIONS, Bar, corrupt

STEPS = 17
"""Strengths at which the curve of a slider is computed."""

COVERS = {"": "Nothing", "eyes-covered": "Eyes", "mouth-covered": "Mouth", "bar": "A bar"}
SHADES = {0: "Black", 128: "Grey", 255: "White"}


@dataclass(frozen=True)
class Slider:
    """One slider.

    Attributes:
        name: begins its key.
        label: what stands over it, and below the curve.
        least: where it begins.
        most: where it ends.
        step: of the slider.
        start: where it stands at first, and after a reset.
        suffix: follows its number.
        covers: what must be covered for it to be shown; None for always.
    """

    name: str
    label: str
    least: float
    most: float
    step: float
    start: float
    suffix: str = ""
    covers: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """Of the widget."""
        return f"disturb_{self.name}"

    def points(self) -> np.ndarray:
        """(STEPS,) float64 strengths from one end to the other."""
        return np.linspace(self.least, self.most, STEPS)


SLIDERS = (
    Slider("rotation", "Rotate", -180, 180, 5, 0, "°"),
    Slider("light", "Darker or brighter", -100, 80, 4, 0, "%"),
    Slider("blur", "Blur", 0, 8, 0.25, 0, " px"),
    Slider("low-resolution", "Fewer pixels", 1, 16, 0.5, 1, " into one"),
    Slider("noise", "Noise", 0, 96, 4, 0, " grey values"),
    Slider("height", "Height of the bar", 0, 48, 1, 10, " px", tuple(COVERS)[1:]),
    Slider("down", "Bar from top to bottom", 0, 47, 1, 24, " px", ("bar",)),
    Slider("across", "Bar from left to right", 0, 47, 1, 24, " px", ("bar",)),
    Slider("width", "Width of the bar", 0, 48, 1, 32, " px", ("bar",)),
)
"""Pixels are those of the 48x48 frame, however fine the face is."""

COVER, SHADE, LAST = "disturb_cover", "disturb_shade", "disturb_last"


@dataclass(frozen=True)
class Setting:
    """Where all sliders stand: the numbers by name, what is covered, and the shade of the bar.

    Where `places` knows where eyes and mouth of the face lie, they are covered there, and else where they lie in most faces.
    """

    values: Mapping[str, float]
    cover: str = ""
    shade: int = 0
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def covered(self) -> str:
        """`eyes` or `mouth` where one of them is covered; empty otherwise."""
        return self.cover.removesuffix("-covered") if self.cover in CORRUPTIONS else ""

    def moved(self) -> bool:
        """Whether anything is corrupted."""
        return bool(self.cover) or any(self.values[slider.name] != slider.start for slider in SLIDERS if slider.covers is None)

    def at(self, name: str, value: float) -> Setting:
        """Move one slider of the setting."""
        return replace(self, values={**self.values, name: value})

    def key(self, *, without: str = "") -> tuple:
        """Tells this setting from others; with a name, from those that differ in more than this slider."""
        return self.cover, self.shade, tuple(sorted((name, value) for name, value in self.values.items() if name != without))

    def apply(self, faces: np.ndarray) -> np.ndarray:
        """Corrupt copies of (N, S, S) grey or (N, S, S, 3) RGB uint8 faces."""
        strengths = {name: self.values[name] for name in ("rotation", "blur", "low-resolution", "noise")}
        light = self.values["light"] / 100
        strengths |= {"dark": max(0.0, -light), "bright": max(0.0, light)}
        bar = None
        if self.covered in self.places:
            across, down = self.places[self.covered]
            bar = Bar(across, down, BAR[self.covered], self.values["height"])
        elif self.covered:
            strengths[self.cover] = self.values["height"]
        elif self.cover:
            bar = Bar(*(self.values[name] for name in ("across", "down", "width", "height")), shade=self.shade)
        return corrupt(faces, strengths, bar=bar)


def sliders() -> Setting:
    """Draw the sliders and the button that sets them back."""
    for key, start in _starts().items():
        st.session_state.setdefault(key, start)
    st.button(
        "Reset all",
        icon=":material/restart_alt:",
        key="disturb_reset",
        disabled=not _setting().moved(),
        on_click=set_back,
        width="stretch",
    )
    for slider in SLIDERS:
        if slider.covers is None:
            _draw(slider)
    cover = st.segmented_control(
        "Cover", list(COVERS), format_func=COVERS.__getitem__, key=COVER, required=True, on_change=_covered, wrap=True
    )
    for slider in SLIDERS:
        if slider.covers and cover in slider.covers:
            _draw(slider)
    if cover == "bar":
        st.segmented_control("Shade of the bar", list(SHADES), format_func=SHADES.__getitem__, key=SHADE, required=True)
    return _setting()


def last_moved() -> Slider:
    """The slider that was moved last; rotation at first."""
    return next(slider for slider in SLIDERS if slider.name == st.session_state.get(LAST, "rotation"))


def set_back() -> None:
    """Put every slider where it stood at first; a callback."""
    for key, start in _starts().items():
        st.session_state[key] = start
    st.session_state.pop(LAST, None)


def _draw(slider: Slider) -> None:
    whole = float(slider.step).is_integer()
    st.slider(
        slider.label,
        _typed(slider, slider.least),
        _typed(slider, slider.most),
        step=_typed(slider, slider.step),
        format=("%d" if whole else "%.2f" if slider.step < 0.5 else "%.1f") + slider.suffix.replace("%", "%%"),
        key=slider.key,
        on_change=_moved,
        args=(slider.name,),
    )


def _setting() -> Setting:
    state = st.session_state
    values = {slider.name: float(state.get(slider.key, slider.start)) for slider in SLIDERS}
    return Setting(values, state.get(COVER) or "", int(state.get(SHADE) or 0))


def _starts() -> dict[str, float | str]:
    return {**{slider.key: _typed(slider, slider.start) for slider in SLIDERS}, COVER: "", SHADE: 0}


def _moved(name: str) -> None:
    st.session_state[LAST] = name


def _covered() -> None:
    """What is covered begins with the curve that tells most: of the height, or of where the bar lies."""
    cover = st.session_state.get(COVER)
    if cover:
        st.session_state[LAST] = "down" if cover == "bar" else "height"
    else:
        st.session_state.pop(LAST, None)


def _typed(slider: Slider, value: float) -> float:
    """Streamlit wants all numbers of a slider whole, or none."""
    return int(value) if float(slider.step).is_integer() else float(value)
