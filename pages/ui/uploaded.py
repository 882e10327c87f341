"""Photos of this session and the faces in them: in its memory alone, until they are taken away or all is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import streamlit as st

from fer_core.photos.faces import Face

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
class Desk:
    """What a session holds: photos, files that wait, what each widget shows, the chosen face, how often widgets began anew."""

    photos: dict[str, Photo] = field(default_factory=dict)
    waiting: list[tuple[str, str, bytes]] = field(default_factory=list)
    shown: dict[str, set[str]] = field(default_factory=dict)
    chosen: tuple[str, int] = ("", 0)
    round: int = 0
    renewed: dict[str, int] = field(default_factory=dict)


def photos() -> list[Photo]:
    """All photos of the session, in the order in which they came."""
    return list(desk().photos.values())


def desk() -> Desk:
    """What this session holds."""
    return st.session_state.setdefault(_DESK, Desk())


def put_desk(desk: Desk) -> None:
    """Have this session hold something else."""
    st.session_state[_DESK] = desk
