"""The one face that several methods explain: a sample of the data set, or a face of a photo that was uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import streamlit as st

from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import Predictor
from fer_core.runs import Run
from pages.explain.parts import face_choice
from pages.ui import uploaded
from pages.ui.empty import needs_dataset
from pages.ui.faces import Caption, face_picker
from pages.ui.state import selected_dataset

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
        places = list(faces)
        crops = [faces[place].crop_rgb for place in places]
        captions = [Caption(detail=f"{name}, face {position}") for name, position in places]
        photo, number = places[face_picker(crops, captions, key="method_photo", size=54) or 0]
        face = faces[photo, number]
        file = f"{PurePath(photo).stem}-{number}"
        return Shown(predictor.fitted_face(face), f"{photo}, face {number}", file, crop=face.crop_rgb)
    data = needs_dataset()
    _, _, row = face_choice.choose_face(data, run)
    sample = int(row["id"])
    face = predictor.fitted(data.images[sample : sample + 1])[0]
    file = data.samples["file"].iloc[sample]
    return Shown(face, f"Sample {sample} ({file})", f"sample-{sample}", label=row["label"])


def face_words(shown: Shown) -> str:
    """What is known of a face, as a short sentence."""
    label = f", labelled {display_name(shown.label).lower()}" if shown.label else ""
    return markdown(f"{shown.name}{label}.")
