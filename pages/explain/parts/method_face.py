"""The one face that several methods explain: a sample of the data set, or a face of a photo that was uploaded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import Predictor
from fer_core.runs import Run
from pages.explain.parts.sample_filter import choose_samples, follow, followed, unfiltered
from pages.ui import uploaded
from pages.ui.browse import pager
from pages.ui.empty import empty_state, needs_dataset
from pages.ui.state import selected_dataset

POSITION, NUMBER = "method_face", "method_sample"
_SOURCE = "method_source"
_SAMPLE, _PHOTO = "A sample of the data set", "A face of your photos"


@dataclass(frozen=True)
class Shown:
    """A face to explain.

    Attributes:
        face: (S, S) or (S, S, 3) uint8, what the network gets.
        name: what it is called in sentences.
        file: begins the names of downloads.
        label: its class; empty where it is not known.
        crop: (h, w, 3) uint8 RGB, the same frame in colour; None where there is none.
    """

    face: np.ndarray
    name: str
    file: str
    label: str = ""
    crop: np.ndarray | None = None


def choose_face(run: Run, predictor: Predictor) -> Shown:
    """Draw the choice of a face; when there is none to choose, say so and stop the view."""
    faces = {(photo.name, number): face for photo in uploaded.photos() for number, face in enumerate(photo.faces, start=1)}
    data = selected_dataset()
    source = _SAMPLE
    if faces and data is not None:
        source = st.segmented_control(
            "Face from", [_SAMPLE, _PHOTO], default=_SAMPLE, required=True, key=_SOURCE, persist_state="session"
        )
    if faces and (data is None or source == _PHOTO):
        photo, number = st.selectbox(
            "Face", list(faces), format_func=lambda place: f"{place[0]}, face {place[1]}", key="method_photo", width=430
        )
        face = faces[photo, number]
        file = f"{PurePath(photo).stem}-{number}"
        return Shown(predictor.fitted_face(face), f"{photo}, face {number}", file, crop=face.crop_rgb)
    return _sample(needs_dataset(), run, predictor)


def _sample(data: Dataset, run: Run, predictor: Predictor) -> Shown:
    follow(data, POSITION, _turn_to)
    _, rows = choose_samples(data, run, changed=_first, draw=_draw)
    if rows.empty:
        empty_state("No face matches this filter. Choose another split or class, or show more than the mistakes.")
        st.stop()
    first, _ = pager(len(rows), 1, key=POSITION, noun="Face")
    row = rows.iloc[first]
    number = int(row["id"])
    followed(data, POSITION, number)
    st.session_state[NUMBER] = number
    st.number_input(
        "Number in the data set",
        min_value=0,
        max_value=len(data.samples) - 1,
        step=1,
        key=NUMBER,
        on_change=_go_to,
        args=(data,),
        help="Every face has a number, which other views and downloads name too. Type one to go to that face.",
    )
    face = predictor.fitted(data.images[number : number + 1])[0]
    return Shown(face, f"Sample {number} ({row['file']})", f"sample-{number}", label=row["label"])


def face_words(shown: Shown) -> str:
    """What is known of a face, as a short sentence."""
    label = f", labelled {display_name(shown.label).lower()}" if shown.label else ""
    return markdown(f"{shown.name}{label}.")


def _first() -> None:
    st.session_state[POSITION] = 1


def _draw(total: int) -> None:
    _turn_to(random.randrange(total))


def _turn_to(position: int) -> None:
    st.session_state[POSITION] = position + 1


def _go_to(data: Dataset) -> None:
    """Show the sample of that number among all of its split."""
    _turn_to(unfiltered(data, int(st.session_state[NUMBER])))
