"""The frame of faces: how many pixels a side, grey or RGB; and faces taken from one frame into another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_core.errors import InputError
from fer_core.settings import FACE_SIZE

Colour = Literal["grey", "rgb"]

SMALLEST, LARGEST = FACE_SIZE, 224
"""Sides of faces in pixels that data sets hold and networks are asked about."""

USUAL: tuple[int, ...] = (48, 64, 96, 112, 128, 160, 224)
"""Sides among which an import chooses when it is not told one."""

_CHUNK_BYTES = 32_000_000


@dataclass(frozen=True)
class Frame:
    """Size and colour of faces.

    Attributes:
        size: pixels a side, 48 to 224.
        colour: "grey", or "rgb".
    """

    size: int = FACE_SIZE
    colour: Colour = "grey"

    def __post_init__(self) -> None:
        """Refuse what no face may have.

        Raises:
            InputError: another size or colour.
        """
        if not SMALLEST <= self.size <= LARGEST:
            raise InputError(f"Faces must have {SMALLEST} to {LARGEST} pixels a side; got {self.size}.")
        if self.colour not in get_args(Colour):
            raise InputError(f"Faces are grey or rgb; got '{self.colour}'.")

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return 3 if self.colour == "rgb" else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one face: (S, S), or (S, S, 3)."""
        return (self.size, self.size, 3) if self.colour == "rgb" else (self.size, self.size)

    @property
    def zoom(self) -> float:
        """Pixels of this frame in one of the 48x48 frame, in which sizes and places are measured."""
        return self.size / FACE_SIZE

    @property
    def words(self) -> str:
        """Size and colour, as `112x112 RGB`."""
        return f"{self.size}x{self.size} {'RGB' if self.colour == 'rgb' else 'grey'}"


FER = Frame()
"""48x48 grey, as FER2013 has it: what data sets and runs have that do not say otherwise."""


def frame_of(faces: NDArray[Any]) -> Frame:
    """Tell the frame of faces (N, S, S) or (N, S, S, 3) uint8.

    Raises:
        InputError: the array has another shape or dtype.
    """
    shape, is_grey = faces.shape, faces.ndim == 3
    is_square = (is_grey or (faces.ndim == 4 and shape[3] == 3)) and shape[1] == shape[2]
    if not is_square or faces.dtype != np.uint8 or not SMALLEST <= shape[1] <= LARGEST:
        raise InputError(
            f"Faces must be (N, S, S) or (N, S, S, 3) uint8 with S from {SMALLEST} to {LARGEST}; got {shape} {faces.dtype}."
        )
    return Frame(shape[1], "grey" if is_grey else "rgb")


def frame_of_input(shape: tuple[int, ...]) -> Frame | None:
    """Tell the frame of a network's input (S, S, 1) or (S, S, 3); None where it takes no faces."""
    fits = len(shape) == 3 and shape[0] == shape[1] and shape[2] in (1, 3) and SMALLEST <= (shape[0] or 0) <= LARGEST
    return Frame(shape[0], "grey" if shape[2] == 1 else "rgb") if fits else None


def converted(faces: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """Take faces into another frame; those that have it already are given back as they are.

    Colour becomes luma (ITU-R BT.601) before anything is scaled, grey is repeated for red, green and blue. Faces are averaged
    over areas when they shrink, and enlarged by cubic interpolation.

    Args:
        faces: (N, S, S) or (N, S, S, 3) uint8.
        frame: which.

    Raises:
        InputError: the array has another shape or dtype.
    """
    given = frame_of(faces)
    if given == frame:
        return faces
    taken = np.empty((len(faces), *frame.shape), np.uint8)
    step = max(1, _CHUNK_BYTES // int(np.prod(given.shape)))
    for start in range(0, len(faces), step):
        part = np.asarray(faces[start : start + step])
        if frame.colour == "grey" and given.colour == "rgb":
            part = luma(part)
        for place, face in enumerate(part, start=start):
            scaled = resized(face, frame.size)
            taken[place] = scaled if scaled.ndim == taken.ndim - 1 else scaled[..., None]
    return taken


def converted_one(face: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """Take one face (S, S) or (S, S, 3) uint8 into another frame; see `converted`."""
    return np.asarray(converted(face[None], frame)[0])


def with_channels(faces: NDArray[Any]) -> NDArray[Any]:
    """Add the axis of channels that networks want: (N, S, S) becomes (N, S, S, 1), RGB stays as it is."""
    return faces[..., None] if faces.ndim == 3 else faces


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn RGB pixels (..., W, 3) uint8 into grey (..., W), by ITU-R BT.601 as Pillow rounds it."""
    flat = np.ascontiguousarray(pixels).reshape(-1, pixels.shape[-2], 3)
    return np.asarray(Image.fromarray(flat).convert("L")).reshape(pixels.shape[:-1])


def resized(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale a square picture (S, S) or (S, S, 3) to `side`: averaged over areas when it shrinks, cubic when it grows."""
    if picture.shape[0] == side:
        return picture
    way = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), (side, side), interpolation=way), np.uint8)
