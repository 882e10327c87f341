"""Photos of this session and the faces in them: in its memory alone, until they are taken away or all is forgotten."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.errors import PhotoError
from fer_core.photos.faces import Face, find_faces, whole_picture
from fer_core.photos.reading import read_photo
from fer_core.settings import settings
from pages.ui import memory

if TYPE_CHECKING:
    from fer_core.predictor import Answer

SIDE = 2000
"""Longest side in pixels of the upright photo that is kept, to be shown with its answers."""

_DESK = "_photo_desk"


@dataclass(frozen=True)
class Photo:
    """An uploaded file or a snapshot.

    Attributes:
        id: of this upload.
        name: of the file.
        digest: hash of its bytes.
        error: why it cannot be read; empty when it can.
        jpeg: the upright photo as JPEG, its longer side at most SIDE pixels.
        size: width and height in pixels of the upright photo as it was uploaded.
        faces: from left to right, at most the whole picture when the viewer asked for it.
        whole: True when the viewer asked for the whole picture.
    """

    id: str
    name: str
    digest: str
    error: str = ""
    jpeg: bytes = b""
    size: tuple[int, int] = (0, 0)
    faces: tuple[Face, ...] = ()
    whole: bool = False

    @property
    def wide(self) -> bool:
        """Whether the photo is at least one and a half times as wide as high."""
        return self.size[0] >= 1.5 * self.size[1]

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.name.rsplit(".", 1)[0] or self.name

    def pixels(self) -> np.ndarray:
        """The upright photo, (h, w, 3) uint8 RGB, its longer side at most SIDE pixels."""
        return cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


@dataclass
class _Desk:
    """What a session holds: photos by upload, files that wait to be read, what each widget shows, the chosen face, and how often
    all widgets and each of them began anew."""

    photos: dict[str, Photo] = field(default_factory=dict)
    waiting: list[tuple[str, str, bytes]] = field(default_factory=list)
    shown: dict[str, set[str]] = field(default_factory=dict)
    chosen: tuple[str, int] = ("", 0)
    round: int = 0
    renewed: dict[str, int] = field(default_factory=dict)


def photos() -> list[Photo]:
    """All photos of the session, in the order in which they came."""
    return list(_desk().photos.values())


def waiting() -> int:
    """How many files wait to be read."""
    return len(_desk().waiting)


def widget_key(name: str) -> str:
    """Key of an uploader or camera; another one after something was forgotten, so that the widget begins anew."""
    desk = _desk()
    return f"{name}_{desk.round + desk.renewed.get(name, 0)}"


def keep_in_memory() -> None:
    """Have the server hold uploads of photos in memory; left to itself it spools files of more than a megabyte to disk."""
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, settings().max_photo_bytes + 1_000_000)


def receive(key: str, name: str = "") -> None:
    """Callback of an uploader or camera: note what is new, and drop what the viewer took away there.

    Args:
        key: of the widget.
        name: given to what is new, as strftime writes the time into it; the file's own when empty.
    """
    desk = _desk()
    given = _given(key)
    ids = {file.file_id for file in given}
    before = desk.shown.get(key, set())
    for gone in before - ids:
        remove(gone)
    for file in given:
        if file.file_id not in before and isinstance(file, UploadedFile):
            # Browsers write a quotation mark of a file's name so.
            own = file.name.replace("%22", '"')
            desk.waiting.append((file.file_id, time.strftime(name) if name else own, file.getvalue()))
    desk.shown[key] = ids


def add(name: str, data: bytes) -> None:
    """Take in a picture that did not come through a widget; a callback.

    Args:
        name: of the file; one of the same name that was added before is replaced.
        data: the file.
    """
    _desk().waiting.append((f"added {name}", name, data))


def in_step(key: str) -> None:
    """To be called after an uploader or camera was drawn: one that is drawn anew shows nothing, and takes nothing away."""
    _desk().shown[key] = {file.file_id for file in _given(key)}


def read_waiting(report: Callable[..., None]) -> None:
    """Look for faces in all files that wait; their bytes are dropped.

    Args:
        report: called with the share done, 0 to 1, and a short text.
    """
    desk = _desk()
    total = len(desk.waiting)
    while desk.waiting:
        done = total - len(desk.waiting)
        upload, name, data = desk.waiting.pop(0)
        report(done / total, f"Photo {done + 1} of {total}")
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        known = next((photo for photo in desk.photos.values() if photo.digest == digest), None)
        desk.photos[upload] = replace(known, id=upload, name=name) if known else _look(upload, name, digest, data)
        _drop_bytes(upload)


def remove(upload: str) -> None:
    """Take one photo away, and all that was made from it."""
    desk = _desk()
    desk.photos.pop(upload, None)
    desk.waiting = [file for file in desk.waiting if file[0] != upload]
    _drop_bytes(upload)
    memory.forget()


def take_away(upload: str) -> None:
    """Take one photo away, and its name out of the uploader; a callback of a button."""
    remove(upload)
    renewed = _desk().renewed
    renewed["photos"] = renewed.get("photos", 0) + 1


def forget() -> None:
    """Empty the session of photos, of the camera's picture and of all that was made from faces; a callback."""
    desk = _desk()
    for upload in {*desk.photos, *(file[0] for file in desk.waiting), *set().union(*desk.shown.values())}:
        _drop_bytes(upload)
    st.session_state[_DESK] = _Desk(round=desk.round + 1 + max(desk.renewed.values(), default=0))
    memory.forget()


def use_whole_picture(upload: str) -> None:
    """Take the whole picture for the face, in a photo without one; a callback."""
    photo = _desk().photos[upload]
    _desk().photos[upload] = replace(photo, faces=(whole_picture(photo.pixels()),), whole=True)


def chosen_face(upload: str | None = None, number: int = 0) -> tuple[str, int]:
    """The upload and the number, from 0, of the face that was chosen last; with arguments, choose another one."""
    if upload is not None:
        _desk().chosen = upload, number
    return _desk().chosen


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


def _desk() -> _Desk:
    return st.session_state.setdefault(_DESK, _Desk())


def _given(key: str) -> list:
    """What a widget holds: files, and what stands for files whose bytes were dropped."""
    held = st.session_state.get(key)
    return held if isinstance(held, list) else [] if held is None else [held]


def _drop_bytes(upload: str) -> None:
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload)


def _look(upload: str, name: str, digest: str, data: bytes) -> Photo:
    try:
        picture = read_photo(data, name=name)
    except PhotoError as error:
        return Photo(upload, name, digest, error=str(error))
    height, width = picture.shape[:2]
    return Photo(upload, name, digest, jpeg=_jpeg(picture), size=(width, height), faces=tuple(find_faces(picture)))


def _jpeg(picture: np.ndarray) -> bytes:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
