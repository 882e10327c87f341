"""The faces of successive frames, each found in its own frame, and which of them are the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.photos.detection import CERTAIN, DOUBT, QUICK_LIMIT, QUICK_SIDE, Found, quick_search, search, square_around
from fer_core.photos.faces import Face, face_at, settle
from fer_core.photos.following import Follower, overlaps
from fer_core.photos.video import Frame

SEARCH_SIDE = 640
"""Longer side in pixels at which a whole frame is searched as a photo is."""

SEARCH_EVERY = 1.0
"""Seconds after which a frame without a face is searched as thoroughly as a photo: that takes ten times as long and more."""

LOOK_AROUND, LOOK_SIDE = 3.0, 224
"""A face that the quick search of a frame misses is looked for in a square of so many of its sides around where it is expected,
drawn at most with so many pixels."""

_SAME = 0.3
_Place = tuple[NDArray[np.float32], NDArray[np.float32], bool]
"""Box with score, landmarks, and whether they are those of a quick search."""


@dataclass(frozen=True)
class Seen:
    """A face in a frame.

    Attributes:
        track: number of its track, from 1.
        face: it, cropped and aligned.
        quick: whether its landmarks are those of a quick search, as `faces.face_at` wants to know.
    """

    track: int
    face: Face
    quick: bool


class FaceFinder:
    """Finds and follows the faces of frames that are handed over in the order of the video.

    Every frame is searched quickly; what that is in doubt about counts where a track is expected. A track that it misses is
    looked for around its place, enlarged. When there is no face at all, and in the first frame, the frame is searched as a
    photo is, but at most once in `SEARCH_EVERY` seconds; where that finds faces that lie, the quick search turns the next
    frames, too. So each box was found in its own frame, and none is guessed.
    """

    def __init__(self) -> None:
        self._follower = Follower()
        self._searched = -np.inf
        self._turns = 0

    def __call__(self, frame: Frame) -> list[Seen]:
        """The faces of a frame, by track; those that are new are numbered from left to right."""
        expected = np.array(list(self._follower.expected(frame.seconds).values()), np.float32).reshape(-1, 4)
        faces = sorted(self._found(frame, expected), key=lambda one: float(one[0][0]))
        numbers = self._follower.follow(np.array([box[:4] for box, _, _ in faces], np.float32).reshape(-1, 4), frame.seconds)
        seen = [
            Seen(number, face_at(frame.pixels, box, points, quick=quick), quick)
            for number, (box, points, quick) in zip(numbers, faces, strict=True)
        ]
        return sorted(seen, key=lambda one: one.track)

    def _found(self, frame: Frame, expected: NDArray[np.float32]) -> list[_Place]:
        small = max(frame.pixels.shape[:2]) <= QUICK_LIMIT
        boxes, landmarks = quick_search(frame.pixels, side=QUICK_SIDE if small else QUICK_LIMIT, turns=self._turns)
        known = _meets(boxes, expected)
        kept = (boxes[:, 4] >= CERTAIN) | known
        boxes, landmarks = boxes[kept], landmarks[kept]
        for place in expected[~_meets(expected, boxes)]:
            again = _look(frame.pixels, place, self._turns)
            fresh = ~_meets(again[0], boxes) & _meets(again[0], place[None])
            boxes, landmarks = np.concatenate([boxes, again[0][fresh]]), np.concatenate([landmarks, again[1][fresh]])
        if len(boxes) or frame.seconds - self._searched < SEARCH_EVERY:
            return [(box, points, True) for box, points in zip(boxes, landmarks, strict=True)]
        self._searched = frame.seconds
        (boxes, landmarks), settled = search(frame.pixels, SEARCH_SIDE, DOUBT)
        places = [
            (box, *settle(frame.pixels, box, points, settled=settled)) for box, points in zip(boxes, landmarks, strict=True)
        ]
        if places:
            self._turns = quarter_turns(places[0][1])
        return places


def quarter_turns(landmarks: NDArray[np.float32]) -> int:
    """How many quarter turns to the left set a face upright, 0 to 3, by its (5, 2) landmarks."""
    across, down = landmarks[1] - landmarks[0]
    return round(float(np.degrees(np.arctan2(down, across))) / 90) % 4


def _look(pixels: NDArray[np.uint8], place: NDArray[np.float32], turns: int) -> Found:
    """What a quick search finds around a place, in pixels of the frame."""
    square, corner = square_around(pixels, place, LOOK_AROUND)
    boxes, landmarks = quick_search(square, side=LOOK_SIDE, turns=turns)
    boxes[:, :4] += np.tile(corner, 2)
    return boxes, landmarks + corner


def _meets(boxes: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (n, 4 or more) boxes share enough with one of the others."""
    if not len(boxes) or not len(others):
        return np.zeros(len(boxes), bool)
    return np.asarray((overlaps(boxes, others) > _SAME).any(axis=1))
