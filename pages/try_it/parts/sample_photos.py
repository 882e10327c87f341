"""Photos that ship, to try the photo page with in one click: a portrait in the public domain and two drawn faces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import streamlit as st

from fer_core.datasets.synthetic import draw_face
from fer_core.settings import ASSETS
from pages.try_it.parts import intake

SIDE = 512
"""Side in pixels of a drawn face."""

SHOWN = 108
"""Width in pixels of a picture on the page: three of them fit side by side on a phone."""


@dataclass(frozen=True)
class SamplePhoto:
    """A picture to try.

    Attributes:
        name: of its file, as answers name it.
        title: on its button.
        drawn: expression and seed of a drawn face; None for a file among the assets.
    """

    name: str
    title: str
    drawn: tuple[str, int] | None = None


SAMPLES = (
    SamplePhoto("astronaut.jpg", "Astronaut"),
    SamplePhoto("drawn-happy.png", "Smile", ("happy", 3)),
    SamplePhoto("drawn-fear.png", "Fright", ("fear", 7)),
)


def offer_samples() -> None:
    """Draw the three pictures, each with a button that has it answered."""
    st.markdown("**Drop photos anywhere on this page, or try one of these.**")
    with st.container(horizontal=True, gap="small"):
        for sample in SAMPLES:
            with st.container(width=SHOWN):
                data = content(sample)
                st.image(data, width=SHOWN, alt=f"{sample.title}, {'drawn' if sample.drawn else 'portrait'}")
                st.button(
                    sample.title, key=f"sample_{sample.name}", on_click=intake.add, args=(sample.name, data), width="stretch"
                )


@st.cache_data(show_spinner=False)
def content(sample: SamplePhoto) -> bytes:
    """The picture as a JPEG or PNG file."""
    if sample.drawn is None:
        return (ASSETS / sample.name).read_bytes()
    expression, seed = sample.drawn
    return cv2.imencode(".png", draw_face(seed, expression, 1.0, size=SIDE))[1].tobytes()
