"""Faces of a data set that open on a click, and which one the views of one face look at; the frame draws what opens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from fer_core.datasets.store import Dataset
from pages.ui.faces import Caption, face_grid

OPEN = "_open_face"
"""Session key: (data set, sample) of the face in the drawer."""

FACE = "face"
"""Session key: the sample that the views of one face look at; see `chosen_sample`."""


def sample_grid(
    data: Dataset,
    samples: Sequence[int],
    captions: Sequence[Caption],
    *,
    key: str,
    size: int = 92,
    chosen: int | None = None,
    numbers: bool = False,
    pictures: Sequence[np.ndarray] | None = None,
) -> None:
    """Draw faces of a data set; a click, or Enter, opens the face in the drawer.

    Args:
        data: where they are.
        samples: ids, N of them.
        captions: N captions.
        key: of the grid.
        size: least width of a face on the page in pixels.
        chosen: position of a face that gets a frame.
        numbers: write 1, 2, 3 … into the corners.
        pictures: N pictures that are drawn in place of the faces, such as their maps.
    """
    ids = [int(sample) for sample in samples]
    face_grid(
        data.images[np.array(ids, np.int64)] if pictures is None else pictures,
        captions,
        size=size,
        chosen=chosen,
        numbers=numbers,
        key=key,
        on_open=lambda place: show(data, ids[place]),
    )


def show(data: Dataset, sample: int) -> None:
    """Have the drawer opened on a face when the page is drawn next."""
    st.session_state[OPEN] = (data.name, int(sample))


def choose(data: Dataset, sample: int) -> None:
    """Make a face the one that the views of one face look at."""
    st.session_state[FACE] = (data.name, int(sample))


def chosen_sample(data: Dataset) -> int | None:
    """The sample of this data set that the viewer chose in the drawer or on another view; None when there is none."""
    name, sample = st.session_state.get(FACE, ("", -1))
    return sample if name == data.name and 0 <= sample < data.meta.n else None
