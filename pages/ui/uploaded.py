"""Uploaded photos and the faces in them: in the session's memory alone, forgotten as soon as the file is taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from fer_core.errors import PhotoError
from fer_core.faces import Face, find_faces, whole_picture
from fer_core.photos import read_photo
from pages.ui.answer_card import forget

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from fer_core.predictor import Answer

PREVIEW = 1000
"""Longer side in pixels of the photo that is shown."""

_PHOTOS = "_uploaded_photos"
_WHOLE = "_uploaded_whole"
_INK = (230, 159, 0)


@dataclass(frozen=True)
class Photo:
    """An uploaded file.

    Attributes:
        name: its name.
        digest: hash of its bytes.
        error: why it cannot be read; empty when it can.
        preview: (h, w, 3) uint8 RGB, upright, with a numbered frame around each face; None when it cannot be read.
        faces: from left to right, at most the whole picture when the viewer asked for it.
        whole: True when the viewer asked for the whole picture.
    """

    name: str
    digest: str
    error: str = ""
    preview: np.ndarray | None = None
    faces: tuple[Face, ...] = ()
    whole: bool = False

    @property
    def wide(self) -> bool:
        """Whether the photo is at least one and a half times as wide as high."""
        return self.preview is not None and self.preview.shape[1] >= 1.5 * self.preview.shape[0]


def photos(files: Sequence[UploadedFile]) -> list[Photo]:
    """What was found in each file; a file is read once, and all that came of it is forgotten with it."""
    known: dict[tuple[str, bool], Photo] = st.session_state.get(_PHOTOS, {})
    whole: set[str] = st.session_state.setdefault(_WHOLE, set())
    found, kept = [], {}
    for file in files:
        data = file.getvalue()
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        key = digest, digest in whole
        photo = known.get(key) or kept.get(key) or _look(data, file.name, digest, whole=key[1])
        kept[key] = photo
        found.append(photo)
    if set(known) - set(kept):
        forget()
    st.session_state[_PHOTOS] = kept
    st.session_state[_WHOLE] = whole & {digest for digest, _ in kept}
    return found


def use_whole_picture(digest: str) -> None:
    """Take the whole picture for the face, in a photo without one; a callback."""
    st.session_state.setdefault(_WHOLE, set()).add(digest)


def split_by_photo(photos: Sequence[Photo], answers: Sequence[Answer]) -> list[list[Answer]]:
    """The answers for all faces, in order, as one list for each photo."""
    rest = iter(answers)
    return [[next(rest) for _ in photo.faces] for photo in photos]


def results(photos: Sequence[Photo], answers: Sequence[Sequence[Answer]], classes: Sequence[str]) -> pd.DataFrame:
    """One row a face: file, face, answer, sure, confidence, p_CLASS, box in pixels of the upright photo, quality."""
    rows = [
        {
            "file": photo.name,
            "face": number,
            "answer": answer.label,
            "sure": answer.sure,
            "confidence": answer.probabilities[answer.label],
            **{f"p_{name}": answer.probabilities[name] for name in classes},
            "box": " ".join(map(str, face.box)),
            "quality": ", ".join(face.quality),
        }
        for photo, given in zip(photos, answers, strict=True)
        for number, (face, answer) in enumerate(zip(photo.faces, given, strict=True), start=1)
    ]
    return pd.DataFrame(rows)


def _look(data: bytes, name: str, digest: str, *, whole: bool) -> Photo:
    try:
        picture = read_photo(data, name=name)
    except PhotoError as error:
        return Photo(name, digest, error=str(error))
    faces = (whole_picture(picture),) if whole else tuple(find_faces(picture))
    return Photo(name, digest, preview=_marked(picture, faces), faces=faces, whole=whole)


def _marked(picture: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """The photo, at most PREVIEW pixels a side, with a numbered frame around each face."""
    height, width = picture.shape[:2]
    scale = min(1.0, PREVIEW / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    drawn = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    line = max(2, round(max(size) / 300))
    for number, face in enumerate(faces, start=1):
        left, top, across, down = (round(value * scale) for value in face.box)
        for ink, thickness in (((0, 0, 0), line + 2), (_INK, line)):
            cv2.rectangle(drawn, (left, top), (left + across, top + down), ink, thickness, cv2.LINE_AA)
        _number(drawn, str(number), left, top, letter=max(0.7, max(size) / 600), thickness=line)
    return drawn


def _number(drawn: np.ndarray, text: str, left: int, top: int, *, letter: float, thickness: int) -> None:
    (across, down), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, letter, thickness)
    pad = thickness + 3
    low = max(top, down + 2 * pad)
    cv2.rectangle(drawn, (left, low - down - 2 * pad), (left + across + 2 * pad, low), _INK, cv2.FILLED)
    cv2.putText(drawn, text, (left + pad, low - pad), cv2.FONT_HERSHEY_SIMPLEX, letter, (0, 0, 0), thickness, cv2.LINE_AA)
