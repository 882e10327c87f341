"""From one face to another in small steps, and where a run changes its mind on the way.

With landmarks of both faces the shapes are warped onto each other (thin-plate splines, Bookstein 1989, doi:10.1109/34.24792)
while the pictures are dissolved; without them they are dissolved alone. The pictures between the two are of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.photos import faces
from fer_core.photos.frame import Frame, converted_one, frame_of

STEPS = 11
"""Faces of a morph, both ends among them: steps of a tenth."""

_FINE = 4
_FRAME = np.array([[x, y] for x in (0, 0.5, 1) for y in (0, 0.5, 1) if (x, y) != (0.5, 0.5)])
"""Points that stay where they are, in shares of the side: its corners and middles."""


@dataclass(frozen=True)
class Morph:
    """Faces from a first to a second.

    Attributes:
        faces: (N, S, S) or (N, S, S, 3) uint8; the first and the last are the two pictures as they are.
        shares: (N,) float64, how much of the second is in each, 0 to 1.
        warped: whether the shapes were warped onto each other, or the pictures dissolved alone.
    """

    faces: NDArray[np.uint8]
    shares: NDArray[np.float64]
    warped: bool


def find_landmarks(face: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """Landmarks of a cropped face: (5, 2) x, y in pixels, eyes, nose and corners of the mouth; None where no face is found.

    Args:
        face: (S, S) or (S, S, 3) uint8.

    Raises:
        InputError: the face has another shape or dtype.
    """
    side = frame_of(face[None]).size
    candidates = faces.find_faces(converted_one(face, Frame(side, "rgb")))
    if not candidates:
        return None
    largest = max(candidates, key=lambda one: one.box[2] * one.box[3])
    points = largest.landmarks.astype(np.float64)
    inside = np.isfinite(points).all() and (points >= 0).all() and (points <= side - 1).all()
    return points if inside and largest.box[2] >= side / 3 else None


def morph(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    *,
    landmarks: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None] = (None, None),
    steps: int = STEPS,
) -> Morph:
    """Faces between two.

    Args:
        first: (S, S) or (S, S, 3) uint8.
        second: the same.
        landmarks: (5, 2) x, y in pixels for each of the two; the shapes are warped when both are there.
        steps: how many faces, 3 to 101, the two among them.

    Raises:
        InputError: a face or landmarks of another shape, or a number of steps out of range.
    """
    if frame_of(first[None]) != frame_of(second[None]):
        raise InputError(f"Two faces must have one size and colour; got {first.shape} and {second.shape}.")
    if not 3 <= steps <= 101:
        raise InputError(f"A morph has 3 to 101 faces; got {steps}.")
    for points in landmarks:
        if points is not None and np.shape(points) != (5, 2):
            raise InputError(f"Landmarks must be five points (x, y); got shape {np.shape(points)}.")
    shares = np.linspace(0, 1, steps)
    start, end = landmarks
    pictures = [first]
    for share in shares[1:-1]:
        here, there = first.astype(np.float32), second.astype(np.float32)
        if start is not None and end is not None:
            between = (1 - share) * start + share * end
            here, there = _warp(first, start, between), _warp(second, end, between)
        mixed = (1 - share) * here + share * there
        pictures.append(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))
    return Morph(np.stack([*pictures, second]), shares, start is not None and end is not None)


def flips(probabilities: NDArray[np.floating], shares: NDArray[np.float64], classes: tuple[str, ...]) -> pd.DataFrame:
    """Where the most probable class changes along a morph.

    Args:
        probabilities: (N, C), a row a face.
        shares: (N,) ascending, how much of the second face is in each.
        classes: C names.

    Returns:
        One row a change: share (where the lines of the two classes cross, straight between two steps), before and after
        (classes).

    Raises:
        InputError: shapes do not fit.
    """
    values = np.asarray(probabilities, np.float64)
    if values.shape != (len(shares), len(classes)):
        raise InputError(f"Probabilities must be ({len(shares)}, {len(classes)}); got {values.shape}.")
    best = values.argmax(axis=1)
    rows = []
    for place in np.flatnonzero(best[1:] != best[:-1]):
        old, new = best[place], best[place + 1]
        ahead, behind = values[place, old] - values[place, new], values[place + 1, new] - values[place + 1, old]
        part = ahead / (ahead + behind) if ahead + behind > 0 else 0.5
        rows.append((shares[place] + part * (shares[place + 1] - shares[place]), classes[old], classes[new]))
    return pd.DataFrame(rows, columns=["share", "before", "after"])


def _warp(face: NDArray[np.uint8], points: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float32]:
    """The face with its landmarks moved to others, drawn four times as fine and shrunk, float32 of its shape."""
    size = len(face)
    still = _FRAME * (size - 1)
    targets, sources = np.vstack([goal, still]), np.vstack([points, still])
    weights = _spline(targets, sources)
    place = (np.arange(_FINE * size) + 0.5) / _FINE - 0.5
    across, down = np.meshgrid(place, place)
    pixels = np.column_stack([across.ravel(), down.ravel()])
    where = (_kernel(pixels, targets) @ weights[:-3] + np.column_stack([np.ones(len(pixels)), pixels]) @ weights[-3:]).astype(
        np.float32
    )
    side = _FINE * size
    fine = cv2.remap(
        face.astype(np.float32),
        where[:, 0].reshape(side, side),
        where[:, 1].reshape(side, side),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def _spline(targets: NDArray[np.float64], sources: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (n + 3, 2) of the thin-plate spline that takes targets to sources."""
    n = len(targets)
    affine = np.column_stack([np.ones(n), targets])
    system = np.block([[_kernel(targets, targets), affine], [affine.T, np.zeros((3, 3))]])
    # Least squares: landmarks may fall together, as the eyes do in a face that is turned away.
    return np.asarray(np.linalg.lstsq(system, np.vstack([sources, np.zeros((3, 2))]), rcond=None)[0])


def _kernel(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = np.subtract.outer(points[:, 0], centres[:, 0]) ** 2 + np.subtract.outer(points[:, 1], centres[:, 1]) ** 2
    return squares * np.log(np.maximum(squares, 1e-12))
