"""A photo with a labelled frame around each face, large enough to be read from a projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from fer_core.errors import InputError

LEAST_SIDE = 1200
"""Longer side in pixels of an annotated picture; a smaller photo is enlarged, so that its labels are drawn finely."""

_LETTERS = (1 / 26, 1 / 34, 1 / 44, 1 / 60)
"""Heights of the letters that are tried, from large to small, in shares of the longer side."""

_Rect = tuple[int, int, int, int]


@dataclass(frozen=True)
class Mark:
    """A face and what is written at it.

    Attributes:
        box: x, y, width, height in pixels of the photo.
        text: one line.
        colour: of the frame and of the label's ground, as hex.
    """

    box: tuple[int, int, int, int]
    text: str
    colour: str


def annotate(photo: NDArray[np.uint8], marks: Sequence[Mark], *, least_side: int = LEAST_SIDE) -> NDArray[np.uint8]:
    """The photo, enlarged where it is small, with a frame and a label for each mark.

    Labels are put above their frame, or where they cover no other label; letters are smaller where many faces stand close.

    Args:
        photo: (H, W, 3) uint8 RGB, upright.
        marks: faces; the first are drawn first.
        least_side: longer side in pixels to which a smaller photo is enlarged.

    Returns:
        (h, w, 3) uint8 RGB, its longer side at least `least_side` pixels.

    Raises:
        InputError: the photo has another shape or dtype.
    """
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or 0 in photo.shape:
        raise InputError(f"A photo must be (H, W, 3) uint8 RGB; got {photo.shape} {photo.dtype}.")
    height, width = photo.shape[:2]
    zoom = max(1.0, least_side / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    image = Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC) if zoom > 1 else Image.fromarray(photo)
    boxes = [_scaled(mark.box, zoom) for mark in marks]
    for share in _LETTERS:
        font = ImageFont.load_default(size=max(10, round(share * max(size))))
        places, crowded = _places([_extent(font, mark.text) for mark in marks], boxes, size)
        if not crowded:
            break
    draw = ImageDraw.Draw(image)
    line = max(3, round(max(size) / 350))
    for mark, box in zip(marks, boxes, strict=True):
        draw.rectangle(_grown(box, line // 2 + 1), outline="black", width=line + 2)
        draw.rectangle(_grown(box, line // 2), outline=mark.colour, width=line)
    for mark, place in zip(marks, places, strict=True):
        draw.rectangle(place, fill=mark.colour, outline="black", width=1)
        middle = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
        draw.text(middle, mark.text, font=font, fill=_ink(mark.colour), anchor="mm")
    return np.array(image)


def _scaled(box: tuple[int, int, int, int], zoom: float) -> _Rect:
    left, top, across, down = box
    return round(left * zoom), round(top * zoom), round((left + across) * zoom), round((top + down) * zoom)


def _grown(box: _Rect, by: int) -> _Rect:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _extent(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> tuple[int, int]:
    """Width and height of a label with its margins in pixels."""
    left, _, right, _ = font.getbbox(text)
    _, top, _, bottom = font.getbbox("Åg")
    across, down = int(right - left), int(bottom - top)
    return across + round(0.7 * down), round(1.25 * down)


def _places(extents: Sequence[tuple[int, int]], boxes: Sequence[_Rect], size: tuple[int, int]) -> tuple[list[_Rect], bool]:
    """Where each label goes, inside the picture, and whether some label had to cover another one."""
    places: list[_Rect] = []
    crowded = False
    for (across, down), (left, top, right, bottom) in zip(extents, boxes, strict=True):
        # Above, below, then inside at the top and at the bottom, each from the left edge of the frame and from its right edge.
        tried = [
            _inside(x, y, across, down, size)
            for y in (top - down, bottom, top, bottom - down)
            for x in (left, right - across)
            if 0 <= y <= size[1] - down
        ] or [_inside(left, top, across, down, size)]
        free = [place for place in tried if not any(_meet(place, other) for other in places)]
        crowded |= not free
        places.append((free or tried)[0])
    return places, crowded


def _inside(x: int, y: int, across: int, down: int, size: tuple[int, int]) -> _Rect:
    left, top = max(0, min(x, size[0] - across - 1)), max(0, min(y, size[1] - down - 1))
    return left, top, left + across, top + down


def _meet(one: _Rect, other: _Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ink(ground: str) -> str:
    """Black or white, whichever stands out from the ground (WCAG 2.2: relative luminance)."""
    parts = [value / 255 for value in ImageColor.getrgb(ground)[:3]]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts)
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "white"
