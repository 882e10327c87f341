"""Who is who from frame to frame: boxes that were found join the tracks known before, by overlap and by nearness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Boxes = NDArray[np.float32]
"""(n, 4): left, top, right, bottom in pixels."""

PATIENCE = 1.0
"""Seconds for which a track without a face is kept; a face that comes back later gets a new number."""

LEAST_OVERLAP = 0.2
"""Least common area of a box and of where its track is expected, by the area of both, that joins them."""

REACH, OTHER_SIZE = 1.0, 1.8
"""Without such an overlap a box joins a track whose expected middle is nearer than the first, in mean sides of both, and whose
side is at most the second times as large or as small."""

_FRESH = 0.35
"""Share that a step has in a track's speed; the rest is what was known before."""


@dataclass
class _Track:
    number: int
    box: Boxes
    seconds: float
    speed: NDArray[np.float32]

    def expected(self, seconds: float) -> Boxes:
        """Where the box is after going on with its speed."""
        return self.box + np.tile(self.speed * np.float32(seconds - self.seconds), 2)


class Follower:
    """Gives each face of each frame the number of its track, from 1. Numbers are not names: nobody is recognised."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._next = 1

    def expected(self, seconds: float) -> dict[int, Boxes]:
        """{number: box} where the faces of the tracks that are alive are expected at a time."""
        return {track.number: track.expected(seconds) for track in self._tracks if seconds - track.seconds <= PATIENCE}

    def follow(self, boxes: Boxes, seconds: float) -> list[int]:
        """Numbers of the tracks that a frame's boxes belong to, each once; a box that fits none begins a new one.

        Args:
            boxes: (n, 4) left, top, right, bottom.
            seconds: when; later than the frame before.
        """
        self._tracks = [track for track in self._tracks if seconds - track.seconds <= PATIENCE]
        numbers = [0] * len(boxes)
        if len(boxes) and self._tracks:
            nearness = likeness(boxes, np.stack([track.expected(seconds) for track in self._tracks]))
            for row, column in zip(*linear_sum_assignment(-nearness), strict=True):
                if nearness[row, column] > 0:
                    numbers[row] = self._tracks[column].number
                    self._go_on(self._tracks[column], boxes[row], seconds)
        for place, number in enumerate(numbers):
            if number == 0:
                numbers[place] = self._next
                self._tracks.append(_Track(self._next, boxes[place].copy(), seconds, np.zeros(2, np.float32)))
                self._next += 1
        return numbers

    @staticmethod
    def _go_on(track: _Track, box: Boxes, seconds: float) -> None:
        gone = max(seconds - track.seconds, 1e-3)
        step = (middles(box[None])[0] - middles(track.box[None])[0]) / np.float32(gone)
        track.speed = track.speed + np.float32(_FRESH) * (step - track.speed)
        track.box, track.seconds = box.copy(), seconds


def likeness(boxes: Boxes, expected: Boxes) -> NDArray[np.float64]:
    """How well each of (n, 4) boxes fits each of (m, 4) expected ones: (n, m); 2 to 3 by overlap, up to 1 by nearness, 0 not."""
    shared = overlaps(boxes, expected)
    sides, other = (np.sqrt(np.prod(np.maximum(some[:, 2:] - some[:, :2], 1e-3), axis=1)) for some in (boxes, expected))
    ratio = np.maximum(sides[:, None] / other[None], other[None] / sides[:, None])
    apart = np.linalg.norm(middles(boxes)[:, None] - middles(expected)[None], axis=2) / ((sides[:, None] + other[None]) / 2)
    near = np.where((apart < REACH) & (ratio <= OTHER_SIZE), 1 - apart / REACH, 0)
    return np.where(shared >= LEAST_OVERLAP, 2 + shared, near)


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Common area of each of (n, 4) boxes with each of (m, 4) others, by the area of both: (n, m), 0 to 1."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:4], others[None, :, 2:4])
    common = np.prod(np.clip(high - low, 0, None), axis=2, dtype=np.float64)
    area, other = (np.prod(some[:, 2:4] - some[:, :2], axis=1, dtype=np.float64) for some in (boxes, others))
    return common / np.maximum(area[:, None] + other[None] - common, 1e-9)


def middles(boxes: Boxes) -> NDArray[np.float32]:
    """Middles x, y of (n, 4) boxes."""
    return (boxes[:, :2] + boxes[:, 2:4]) / np.float32(2)
