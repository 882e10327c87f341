"""A square drawing surface in face units: soft polygons, tapered strokes and smooth bumps, drawn on small patches.

Face units: the origin is the middle of the face, x points right and y down in the picture, the cheekbones of an average
face are near x = -0.8 and 0.8 and its chin is near y = 1. Heights (z) point towards the camera in the same unit.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

EXTENT = 1.45
"""Half the side of a canvas, in face units."""

_SUBPIXEL_BITS = 4
_REACH = 2.9
_FOOT = np.float32(math.exp(-0.5 * _REACH**2))


class Patch(NamedTuple):
    """A part of a canvas: its rows, its columns and a float32 mask of that size, 0 to 1."""

    rows: slice
    columns: slice
    mask: np.ndarray


class Canvas:
    """Pixel geometry of a square canvas; it holds coordinates only, the layers are plain arrays.

    Attributes:
        side: pixels along one side.
        scale: pixels in one face unit.
        axis: (side,) float32, the face coordinate of every pixel centre along one side.
    """

    def __init__(self, side: int) -> None:
        self.side = side
        self.scale = side / (2 * EXTENT)
        self.axis = ((np.arange(side, dtype=np.float32) + 0.5) / self.scale - EXTENT).astype(np.float32)

    def fill(self, points: np.ndarray, *, soft: float = 0.0) -> Patch:
        """The inside of a closed polygon, with smooth edges.

        Args:
            points: (N, 2) corners in face units.
            soft: standard deviation of the Gaussian that softens the edge, in face units.
        """
        corners = self._fixed(points)
        left, top, wide, tall = cv2.boundingRect(corners)
        margin = 2 + math.ceil(2.6 * soft * self.scale)
        columns, rows = self._cut(left, wide, margin), self._cut(top, tall, margin)
        stencil = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        corners -= np.array([columns.start, rows.start], np.int32) << _SUBPIXEL_BITS
        cv2.fillPoly(stencil, [corners], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        mask: np.ndarray = stencil * np.float32(1 / 255)
        if soft * self.scale > 0.3:
            mask = cv2.GaussianBlur(mask, (0, 0), soft * self.scale, borderType=cv2.BORDER_REPLICATE)
        return Patch(rows, columns, mask)

    def stroke(self, points: np.ndarray, widths: float | np.ndarray, *, soft: float = 0.0) -> Patch:
        """A brush stroke along a line (N, 2), as wide at every point as `widths` says (a number tapers to both ends)."""
        return self.fill(_ribbon(points, widths), soft=soft)

    def strokes(self, lines: Sequence[tuple[np.ndarray, float, float]], *, soft: float) -> np.ndarray:
        """Many tapering strokes on one layer (side, side) float32; each is a line (N, 2), a width, a strength 0 to 1."""
        layer = np.zeros((self.side, self.side), np.uint8)
        for points, width, strength in lines:
            cv2.fillPoly(
                layer, [self._fixed(_ribbon(points, width))], round(255 * min(1.0, strength)), cv2.LINE_AA, _SUBPIXEL_BITS
            )
        return cv2.GaussianBlur(layer * np.float32(1 / 255), (0, 0), soft * self.scale)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        """Pixel coordinates (N, 2) int32, in sixteenths of a pixel."""
        factor = self.scale * (1 << _SUBPIXEL_BITS)
        shift = (EXTENT * self.scale - 0.5) * (1 << _SUBPIXEL_BITS)
        return np.rint(points * factor + shift).astype(np.int32)

    def _cut(self, start: int, length: int, margin: int) -> slice:
        low = (start >> _SUBPIXEL_BITS) - margin
        high = ((start + length) >> _SUBPIXEL_BITS) + 1 + margin
        low = min(max(low, 0), self.side - 1)
        return slice(low, min(max(high, low + 1), self.side))

    def bump(self, centre: tuple[float, float], sigma: tuple[float, float], *, slant: float = 0.0) -> Patch:
        """A Gaussian hill of height 1; `slant` shears it: columns move by `slant` times the row's distance."""
        columns = self.span(centre[0], _REACH * (sigma[0] + abs(slant) * sigma[1]))
        rows = self.span(centre[1], _REACH * sigma[1])
        x = (self.axis[columns] - np.float32(centre[0])) / np.float32(sigma[0])
        y = (self.axis[rows] - np.float32(centre[1])) / np.float32(sigma[1])
        down = _bell(y)
        if slant == 0:
            return Patch(rows, columns, down[:, None] * _bell(x)[None, :])
        return Patch(rows, columns, down[:, None] * _bell(x[None, :] - np.float32(slant * sigma[1] / sigma[0]) * y[:, None]))

    def span(self, centre: float, reach: float) -> slice:
        """Rows or columns within `reach` of a coordinate, cut off at the border; never empty."""
        low = math.floor((centre - reach + EXTENT) * self.scale)
        high = math.ceil((centre + reach + EXTENT) * self.scale)
        low = min(max(low, 0), self.side - 1)
        return slice(low, min(max(high, low + 1), self.side))


@lru_cache(maxsize=8)
def canvas_of(side: int) -> Canvas:
    """The canvas with `side` pixels along one side; made once."""
    return Canvas(side)


def paint(layer: np.ndarray, patch: Patch, value: float | np.ndarray, *, opacity: float = 1.0) -> None:
    """Cover a layer with a value where the patch is 1, in place."""
    part = layer[patch.rows, patch.columns]
    part += (value - part) * (patch.mask * np.float32(opacity))


def darken(layer: np.ndarray, patch: Patch, amount: float) -> None:
    """Multiply a layer by 1 - amount where the patch is 1, in place (a negative amount brightens)."""
    part = layer[patch.rows, patch.columns]
    part *= 1 - np.float32(amount) * patch.mask


def raise_(layer: np.ndarray, patch: Patch, amount: float) -> None:
    """Add `amount` to a layer where the patch is 1, in place."""
    layer[patch.rows, patch.columns] += np.float32(amount) * patch.mask


def _bell(x: np.ndarray) -> np.ndarray:
    """A Gaussian that comes down to nought where bumps are cut off, so that no edge is seen."""
    return np.maximum(np.exp(-0.5 * x * x) - _FOOT, 0) * np.float32(1 / (1 - _FOOT))


@lru_cache(maxsize=64)
def _taper(count: int) -> np.ndarray:
    return np.sin(np.linspace(0.12, math.pi - 0.12, count)) ** 0.7


def _ribbon(points: np.ndarray, widths: float | np.ndarray) -> np.ndarray:
    """The outline (2N, 2) of a stroke along a line (N, 2)."""
    if isinstance(widths, float):
        widths = widths * _taper(len(points))
    tangent = np.empty_like(points)
    tangent[1:-1] = points[2:] - points[:-2]
    tangent[0], tangent[-1] = points[1] - points[0], points[-1] - points[-2]
    half = widths / (2 * np.maximum(np.sqrt((tangent * tangent).sum(axis=1)), 1e-9))
    offset = np.empty_like(points)
    offset[:, 0], offset[:, 1] = -tangent[:, 1] * half, tangent[:, 0] * half
    return np.concatenate([points + offset, (points - offset)[::-1]])


@lru_cache(maxsize=64)
def _spline_basis(count: int, steps: int, closed: bool) -> np.ndarray:
    """Matrix (samples, count) that turns control points into samples of a uniform Catmull-Rom spline."""
    segments = count if closed else count - 1
    t = np.arange(steps) / steps
    weights = 0.5 * np.stack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3], axis=1)
    basis = np.zeros((segments * steps + (0 if closed else 1), count))
    for segment in range(segments):
        for place, offset in enumerate((-1, 0, 1, 2)):
            point = segment + offset
            point = point % count if closed else min(max(point, 0), count - 1)
            basis[segment * steps : (segment + 1) * steps, point] += weights[:, place]
    if not closed:
        basis[-1, -1] = 1
    return basis


def spline(points: np.ndarray | list, *, steps: int = 6, closed: bool = False) -> np.ndarray:
    """A smooth line (samples, 2) through control points (N, 2): a Catmull-Rom spline, `steps` samples a segment."""
    points = np.asarray(points, dtype=np.float64)
    return _spline_basis(len(points), steps, closed) @ points
