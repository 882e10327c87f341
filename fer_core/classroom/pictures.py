"""Faces as addresses that hold the picture itself, small enough for a page of twenty kilobytes."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

LARGEST = 9_000
"""Bytes of a picture's file."""

SIDE = 160
"""Largest side in pixels."""


def small_picture(face: NDArray[np.uint8]) -> str:
    """A face as a `data:` address: as PNG where that is small, otherwise as JPEG.

    Args:
        face: (S, S) or (S, S, 3) uint8 RGB.
    """
    if max(face.shape[:2]) > SIDE:
        face = np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    picture = np.ascontiguousarray(face[:, :, ::-1] if face.ndim == 3 else face)
    content = cv2.imencode(".png", picture)[1].tobytes()
    kind = "png"
    for quality in (90, 75, 60, 40):
        if len(content) <= LARGEST:
            break
        content, kind = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes(), "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def read_picture(address: str) -> NDArray[np.uint8]:
    """The face of what `small_picture` returned, (S, S, 3) uint8 RGB."""
    content = np.frombuffer(base64.b64decode(address.partition(",")[2]), np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])
