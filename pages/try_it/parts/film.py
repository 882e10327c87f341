"""The video of a session: where it comes in, what is known of it, and how it is forgotten. It stays in memory."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.datasets.synthetic import draw_face
from fer_core.errors import PhotoError
from fer_core.evaluation.video import VideoAnswers
from fer_core.photos.reading import short_name
from fer_core.photos.video import SUFFIXES, Video, in_memory, quiet
from fer_core.settings import settings
from pages.try_it.parts import intake
from pages.ui import memory
from pages.ui.access import may_send_pictures, may_write

SAMPLE, FRAMES = "drawn.mp4", 30
"""Name of the drawn clip, and its frames, 10 a second."""


@dataclass
class Film:
    """A video and what a run has answered for it.

    Attributes:
        name: of the file.
        error: why it cannot be read; empty when it can.
        video: it, in memory; None when it cannot be read.
        answers: {run and step: answers}.
        stopped: whether the viewer has stopped the work.
    """

    name: str
    error: str = ""
    video: Video | None = None
    answers: dict[tuple[Hashable, ...], VideoAnswers] = field(default_factory=dict)
    stopped: bool = False


def film() -> Film | None:
    """The video of this session."""
    return st.session_state.get(intake.FILM)


def uploader() -> None:
    """Draw the uploader."""
    if not may_send_pictures():
        st.caption(":material/no_photography: In a class no video is sent.")
        return
    intake.keep_in_memory()
    limits = settings()
    most = limits.max_video_bytes if may_write() else min(limits.max_photo_bytes, limits.max_video_bytes)
    key = intake.widget_key("video")
    st.file_uploader(
        "Video",
        type=[suffix.removeprefix(".") for suffix in SUFFIXES],
        key=key,
        help="MP4, MOV, WebM, MKV or AVI. Sound is not listened to.",
        max_upload_size=max(1, most // 1_000_000),
        on_change=_receive,
        args=(key,),
    )


def show_sample() -> None:
    """Take the drawn clip; a callback."""
    _take(SAMPLE, sample())


def stop() -> None:
    """Have the work of this session's video stay ended; a callback, whose click has ended it."""
    held = film()
    if held is not None:
        held.stopped = True


def go_on() -> None:
    """Begin the work anew; a callback."""
    held = film()
    if held is not None:
        held.stopped = False


def _receive(key: str) -> None:
    given = st.session_state.get(key)
    if given is None:
        st.session_state.pop(intake.FILM, None)
        memory.forget()
    elif isinstance(given, UploadedFile):
        _take(given.name.replace("%22", '"'), given.getvalue())
        intake.drop_bytes(given.file_id)


def _take(name: str, data: bytes) -> None:
    memory.forget()
    try:
        st.session_state[intake.FILM] = Film(short_name(name), video=in_memory(data, name=name))
    except PhotoError as error:
        st.session_state[intake.FILM] = Film(short_name(name), error=str(error))


@st.cache_data(show_spinner=False)
def sample() -> bytes:
    """A clip of three seconds: two drawn people, of whom one begins to smile and one takes fright."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / SAMPLE
        with quiet():
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 320))
        for number in range(FRAMES):
            writer.write(cv2.cvtColor(_drawn(number), cv2.COLOR_GRAY2BGR))
        writer.release()
        return path.read_bytes()


@st.cache_data(show_spinner=False)
def poster() -> np.ndarray:
    """A frame of the drawn clip, (320, 640) uint8."""
    return _drawn(FRAMES // 2)


def _drawn(number: int) -> np.ndarray:
    share = number / (FRAMES - 1)
    picture = np.full((320, 640), 110, np.uint8)
    picture[80:272, 60 + number : 252 + number] = draw_face(3, "happy", share)
    picture[60:252, 390 - number : 582 - number] = draw_face(7, "fear", float(np.sin(np.pi * share)))
    return picture
