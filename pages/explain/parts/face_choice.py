"""One face of the data set for the views that look at it closely, and how it is explained."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

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

SIZE = 12
_PAGE, _PICK = "close_page", "close_pick"
_METHOD, _LAYER = "close_method", "explain_layer"


def choose_face(data: Dataset, run: Run) -> tuple[str, pd.DataFrame, pd.Series]:
    """Draw the filter and a few faces to choose from; stops the view when there are none.

    Returns:
        The split, the samples that the filter lets through, and the chosen one (id, label, predicted where known).
    """
    follow(data, _PICK, _turn_to)
    split, rows = choose_samples(data, run, changed=_first_page, draw=_draw)
    if rows.empty:
        empty_state("No face matches this filter. Choose another split or class, or show more than the mistakes.")
        st.stop()
    grid = st.container()
    first, last = pager(len(rows), SIZE, key=_PAGE)
    page = rows.iloc[first:last]
    with grid:
        captions = [Caption(label=row["label"], answer=_wrong_answer(row)) for _, row in page.iterrows()]
        picked = face_picker(data.images[page["id"].to_numpy()], captions, key=_PICK, size=54)
    row = page.iloc[picked or 0]
    followed(data, _PICK, int(row["id"]))
    return split, rows, row


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


def _first_page() -> None:
    st.session_state[_PAGE], st.session_state[_PICK] = 1, 0


def _draw(total: int) -> None:
    _turn_to(random.randrange(total))


def _turn_to(position: int) -> None:
    st.session_state[_PAGE], st.session_state[_PICK] = position // SIZE + 1, position % SIZE
