"""One face of the data set for the views that look at it closely, and how it is explained."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core.datasets.store import Dataset
from fer_core.explain import cam
from fer_core.explain.methods import METHODS
from fer_core.runs import Run
from pages.explain.parts.sample_filter import choose_samples, follow, followed
from pages.ui.browse import pager
from pages.ui.empty import empty_state
from pages.ui.faces import Caption, face_picker

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

_METHOD, _LAYER = "close_method", "explain_layer"


@dataclass(frozen=True)
class FacePages:
    """A choice of one face among many, page by page.

    Attributes:
        page: session key of the page's number, from 1.
        pick: session key of the chosen face's place on the page, from 0.
        size: faces per page.
    """

    page: str
    pick: str
    size: int

    def first(self) -> None:
        """Go back to the first face."""
        self.turn_to(0)

    def draw(self, total: int) -> None:
        """Go to a random one of `total` faces."""
        self.turn_to(random.randrange(total))

    def turn_to(self, position: int) -> None:
        """Go to the face at a position, from 0."""
        st.session_state[self.page], st.session_state[self.pick] = position // self.size + 1, position % self.size

    def choose(self, data: Dataset, rows: pd.DataFrame, *, side: int, grid: DeltaGenerator, below: DeltaGenerator) -> pd.Series:
        """Draw the page of faces and the pager.

        Args:
            data: where the faces are.
            rows: samples to choose from, at least one.
            side: least width of a face in pixels.
            grid: where the faces are drawn.
            below: where the pager is drawn.

        Returns:
            The chosen sample (id, label, predicted where known).
        """
        with below:
            first, last = pager(len(rows), self.size, key=self.page)
        page = rows.iloc[first:last]
        with grid:
            captions = [Caption(label=row["label"], answer=_wrong_answer(row)) for _, row in page.iterrows()]
            place = face_picker(data.images[page["id"].to_numpy()], captions, key=self.pick, size=side)
        row = page.iloc[place or 0]
        followed(data, self.pick, int(row["id"]))
        return row


_CLOSE = FacePages("close_page", "close_pick", 12)


def choose_face(data: Dataset, run: Run) -> tuple[str, pd.DataFrame, pd.Series]:
    """Draw the filter and a few faces to choose from; stops the view when there are none.

    Returns:
        The split, the samples that the filter lets through, and the chosen one (id, label, predicted where known).
    """
    follow(data, _CLOSE.pick, _CLOSE.turn_to)
    split, rows = choose_samples(data, run, changed=_CLOSE.first, draw=_CLOSE.draw)
    if rows.empty:
        no_face()
    row = _CLOSE.choose(data, rows, side=54, grid=st.container(), below=st.container())
    return split, rows, row


def no_face() -> NoReturn:
    """Say that no face matches the filter, and stop the view."""
    empty_state("No face matches this filter. Choose another split or class, or show more than the mistakes.")
    st.stop()


def choose_method(predictor: Predictor) -> tuple[str, str]:
    """Draw the choice of method and layer; the layer is empty for a method that looks at the pixels."""
    choices = {choice.name: choice for choice in cam.layers(predictor.network)}
    if st.session_state.get(_LAYER) not in choices:
        st.session_state[_LAYER] = cam.default_layer(predictor.network)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = st.selectbox(
            "Method", list(METHODS), format_func=lambda name: METHODS[name].title, key=_METHOD, persist_state="session", width=200
        )
        layer = st.selectbox(
            "Layer",
            list(choices),
            format_func=lambda name: f"{choices[name].height}×{choices[name].width} · {name}",
            key=_LAYER,
            persist_state="session",
            disabled=not METHODS[method].on_layer,
            width=240,
            help="The map is as fine as the layer. Methods that look at the pixels have none.",
        )
    return method, layer if METHODS[method].on_layer else ""


def method_words(method: str, layer: str) -> str:
    """`Grad-CAM at conv_pw_11_relu`, or `SmoothGrad`."""
    return f"{METHODS[method].title} at {layer}" if layer else METHODS[method].title


def _wrong_answer(row: pd.Series) -> str:
    return row["predicted"] if isinstance(row["predicted"], str) and row["predicted"] != row["label"] else ""
