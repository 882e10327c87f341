"""One face out of a picture that has one label: the largest, or the one in a given box, cropped as FER2013 frames its faces.

Many pictures are to be done in a second, so that each is looked at coarsely first, and searched as a photo is only where that
does not settle it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.photos.detection import (
    CERTAIN,
    DOUBT,
    QUICK_LIMIT,
    QUICK_ROLL,
    SURE_UPRIGHT,
    Found,
    best_turn,
    quick_search,
    search,
    square_around,
)
from fer_core.photos.faces import QUICK_TEMPLATE, TEMPLATE, draw_frame, settle, similarity, step
from fer_core.photos.following import overlaps
from fer_core.photos.frame import LARGEST, resized
from fer_core.settings import FACE_SIZE

LOOK_SIDE = 256
"""Longer side in pixels of the first look, which is to find the largest face; its landmarks are looked for anew."""

LEAST_BOX = 10
"""Narrowest box, in pixels at that side, of a face that the looks at it alone, enlarged, are trusted with."""

STRAIGHT = 3
"""Roll in degrees up to which a face counts as set upright.

On 600 pictures of 640x480 that `benchmarks.find_faces` makes of two portraits, which lean up to 25 degrees, the crops correlate
by 0.951 with those of the untouched portraits (median; 0.878 in the lowest twentieth).
"""

DRAWN = 2 * LARGEST
"""Longest side in pixels at which a frame is drawn before it is shrunk."""

RIVAL = 0.8
"""From this share of the chosen face's width on another face is as large: the label may be of either."""

AROUND = 2.0
"""A face in a given box is looked for in a square of so many of the box's sides."""

LEAST_COMMON = 0.2
"""Least common area of a face and its given box, by the area of both."""

_LOOKS, _FACTOR, _BORDER = 3, 2, 16
_lock = threading.Lock()
_cores: list[int] = []


@dataclass(frozen=True)
class Crop:
    """A face that was found in a picture.

    Attributes:
        pixels: (S, S, 3) uint8, or (S, S) of a grey picture; upright, its eyes and mouth where FER2013 has them.
        side: pixels of the picture that a side covers.
        rivals: other faces of the picture that are about as large; 0 where a box was given.
    """

    pixels: NDArray[np.uint8]
    side: int
    rivals: int


def crop_face(
    picture: NDArray[np.uint8], *, box: tuple[float, float, float, float] | None = None, size: int | None = None
) -> Crop | None:
    """Find, align and crop the face of a picture; None when there is none.

    Args:
        picture: (H, W) or (H, W, 3) uint8 RGB, upright.
        box: left, top, right and bottom of the face in pixels, where it is known; None for the largest face.
        size: pixels a side of the crop; None for as fine as the picture is, 48 to 224.
    """
    whole = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    photo, corner, wanted = whole, np.zeros(2, np.float32), None
    if box is not None:
        photo, corner = square_around(whole, np.array(box, np.float32), AROUND)
        wanted = np.array(box, np.float32) - np.tile(corner, 2)
    place = _place(photo, wanted)
    if place is None:
        return None
    landmarks, quick, rivals = place
    matrix = similarity(landmarks, QUICK_TEMPLATE if quick else TEMPLATE)
    side = max(1, round(FACE_SIZE * step(matrix)))
    matrix[:, 2] -= matrix[:, :2] @ corner
    finest = size or min(max(side, FACE_SIZE), LARGEST)
    # Drawn finer and shrunk by area, as photos are: drawn as coarse as it shall be, a face would be blurred. What it is short
    # of its own fineness by rounding does not count.
    shrink = step(matrix) * FACE_SIZE / finest
    finer = int(np.clip(np.ceil(round(shrink, 1)), 1, DRAWN // finest))
    small, times = _halved(whole, shrink / finer)
    matrix[:, 2] += matrix[:, :2] @ np.full(2, times / 2 - 0.5)
    matrix[:, :2] *= times
    drawn, _ = draw_frame(small, matrix, factor=finer * finest / FACE_SIZE)
    pixels = resized(drawn, finest)
    return Crop(pixels if picture.ndim == 3 else np.ascontiguousarray(pixels[..., 0]), side, rivals)


@contextmanager
def one_core_each() -> Iterator[None]:
    """Have each search work on one core in the block, where several threads search: sharing each out costs a fifth."""
    with _lock:
        # The first block takes note of the usual number, the last sets it again.
        _cores.append(_cores[0] if _cores else cv2.getNumThreads())
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        with _lock:
            usual = _cores.pop()
            cv2.setNumThreads(1 if _cores else usual)


def _place(photo: NDArray[np.uint8], box: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], bool, int] | None:
    """Landmarks (5, 2) of the face in a box, or of the largest; whether they are of a quick search; how many rivals it has."""
    faces = _first_look(photo)
    chosen = _chosen(faces, box)
    landmarks = None if chosen is None else _clear(photo, faces, chosen)
    quick = landmarks is not None
    if landmarks is None:
        faces, settled = search(photo, QUICK_LIMIT, DOUBT)
        chosen = _chosen(faces, box)
        if chosen is None:
            return None
        landmarks, quick = settle(photo, faces[0][chosen], faces[1][chosen], settled=settled)
        again = _straightened(photo, landmarks)
        if again is not None:
            landmarks, quick = again[0], True
    rivals = 0
    if box is None:
        widths = faces[0][:, 2] - faces[0][:, 0]
        rivals = int(((widths >= RIVAL * widths.max()) & (faces[0][:, 4] >= CERTAIN)).sum()) - 1
    return landmarks, quick, max(0, rivals)


def _first_look(photo: NDArray[np.uint8]) -> Found:
    """A quick search at `LOOK_SIDE`; a large picture is halved first, which takes a tenth of the time of another scale."""
    small, times = _halved(photo, max(photo.shape[:2]) / LOOK_SIDE)
    boxes, landmarks = quick_search(small, side=LOOK_SIDE)
    boxes[:, :4] *= times
    return boxes, landmarks * np.float32(times)


def _halved(photo: NDArray[np.uint8], shrink: float) -> tuple[NDArray[np.uint8], int]:
    """A picture halved as often as a shrinking by so many times allows, and how many times smaller it is then.

    A last row or column that has no other is left out.
    """
    times = 1
    while shrink >= 2 and min(photo.shape[:2]) >= 2:
        even = photo[: photo.shape[0] // 2 * 2, : photo.shape[1] // 2 * 2]
        photo = np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        times, shrink = 2 * times, shrink / 2
    return photo, times


def _clear(photo: NDArray[np.uint8], faces: Found, chosen: int) -> NDArray[np.float32] | None:
    """Landmarks of a face of the first look, set upright; None where it is small, in doubt, or may lie or stand on its head."""
    box, scale = faces[0][chosen], min(1.0, LOOK_SIDE / max(photo.shape[:2]))
    if box[4] < CERTAIN or (box[2] - box[0]) * scale < LEAST_BOX:
        return None
    again = _straightened(photo, faces[1][chosen])
    if again is None or (again[1] < SURE_UPRIGHT and best_turn(photo, box) is not None):
        return None
    return again[0]


def _straightened(photo: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> tuple[NDArray[np.float32], float] | None:
    """Landmarks looked for anew on the face alone, set upright by what is known of it, and the score; None where none is certain.

    Far from upright the detector tells less than the whole roll, so that it is looked at until it tells hardly any.
    """
    roll, score = 90.0, 0.0
    photo, times = _halved(photo, step(similarity(landmarks, QUICK_TEMPLATE)) / _FACTOR)
    landmarks = (landmarks + 0.5) / np.float32(times) - np.float32(0.5)
    for _ in range(_LOOKS):
        canvas, matrix = draw_frame(photo, similarity(landmarks, QUICK_TEMPLATE), factor=_FACTOR, border=_BORDER)
        boxes, points = quick_search(canvas, side=len(canvas))
        if not len(boxes):
            return None
        nearest = int(np.abs((boxes[:, :2] + boxes[:, 2:4]) / 2 - len(canvas) / 2).sum(axis=1).argmin())
        back = cv2.invertAffineTransform(matrix)
        landmarks = np.asarray(points[nearest] @ back[:, :2].T + back[:, 2], np.float32)
        across, down = points[nearest][1] - points[nearest][0]
        roll, score = abs(float(np.degrees(np.arctan2(down, across)))), float(boxes[nearest, 4])
        if roll <= STRAIGHT:
            break
    if score < CERTAIN or roll > QUICK_ROLL:
        return None
    return (landmarks + np.float32(0.5)) * np.float32(times) - np.float32(0.5), score


def _chosen(faces: Found, box: NDArray[np.float32] | None) -> int | None:
    """Which face is the one in a box, its middle inside, or the widest without a box; None where there is none."""
    boxes = faces[0]
    if not len(boxes):
        return None
    if box is None:
        return int((boxes[:, 2] - boxes[:, 0]).argmax())
    middles = (boxes[:, :2] + boxes[:, 2:4]) / 2
    inside = ((middles >= box[:2]) & (middles <= box[2:4])).all(axis=1)
    common = np.where(inside, overlaps(boxes[:, :4], box[None])[:, 0], 0.0)
    return int(common.argmax()) if common.max() >= LEAST_COMMON else None
