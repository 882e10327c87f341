"""Clips of drawn faces, made in a test: who is where in each frame is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from fer_core.datasets.synthetic import draw_face
from fer_core.photos.video import Video, in_memory, quiet

WIDTH, HEIGHT, SIDE, RATE = 640, 360, 120, 10.0
Places = Sequence[tuple[str, int, int]]
"""Faces of a frame: expression and the upper left corner of its square."""

SEEDS = {"happy": 3, "neutral": 5, "angry": 11}


def frame(places: Places) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8 RGB: faces on grey, the last in front."""
    picture = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    for name, left, top in places:
        face = draw_face(SEEDS[name], name, 1.0, size=SIDE)
        from_left, right = max(0, left), min(WIDTH, left + SIDE)
        if right > from_left:
            picture[top : top + SIDE, from_left:right] = face[:, from_left - left : right - left, None]
    return picture


def write(path: Path, places: Callable[[int], Places], count: int, *, light: float = 1.0) -> Path:
    """Write a clip of `count` frames with so much of its light, as OpenCV does it."""
    with quiet():
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDTH, HEIGHT))
    for number in range(count):
        writer.write((light * frame(places(number))).astype(np.uint8)[..., ::-1].copy())
    writer.release()
    return path


def opened(path: Path) -> Video:
    """The clip, from memory."""
    return in_memory(path.read_bytes(), name=path.name)


def crossing(number: int) -> Places:
    """Two faces that pass each other, in a row above and below that overlap little."""
    return [("happy", 60 + 20 * number, 30), ("neutral", 460 - 20 * number, 170)]


def one_leaves(number: int) -> Places:
    """One face stays, another walks out to the right in twelve frames."""
    return [("happy", 60, 100), ("neutral", 380 + 25 * number, 100)]
