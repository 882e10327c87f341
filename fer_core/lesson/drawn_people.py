"""Invented people for the camera that is none: each a sheet of pictures from which a moving face is put together.

The browser lays them over a background, moves them and fades from one expression to the next; `clip` does the same for a film
that a test or a benchmark shows to a browser as its camera.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.drawing.scene import Scene
from fer_core.datasets.synthetic import draw_face
from fer_core.settings import PROJECT

PEOPLE: tuple[int, ...] = (3, 21, 7)
"""Seeds of the invented people, in the order in which they appear."""

TILE = 320
"""Side of one picture of a sheet in pixels."""

POSES: tuple[tuple[str, float], ...] = (
    ("neutral", 0.0),
    *((name, level) for name in ("happy", "fear", "angry", "disgust") for level in (0.5, 1.0)),
)
"""Expression and intensity of the pictures of a sheet, row by row."""

ACROSS = 3
"""Pictures in a row of a sheet."""

SHEETS = PROJECT / "pages" / "static" / "live" / "drawn"
"""Where the sheets lie that ship: one WebP with transparency for each person."""

_TONES = (0.15, 0.65)
"""Two even backgrounds: what differs between the pictures on them is background."""


def sheet(identity: int) -> NDArray[np.uint8]:
    """Draw the sheet of an invented person: (3 TILE, 3 TILE, 4) uint8, red, green, blue and opacity."""
    tiles = [_tile(identity, expression, intensity) for expression, intensity in POSES]
    rows = [np.hstack(tiles[start : start + ACROSS]) for start in range(0, len(tiles), ACROSS)]
    return np.vstack(rows)


def sheet_file(identity: int) -> Path:
    """Where the sheet of a person that ships lies."""
    return SHEETS / f"{identity}.webp"


def told() -> dict[str, int]:
    """How the sheets are laid out, as a browser is told."""
    return {"tile": TILE, "across": ACROSS, "poses": len(POSES)}


def held_expressions() -> dict[str, list[int]]:
    """Name each expression's pictures of a sheet, for a face that is to keep it: {expression: places}."""
    names = dict.fromkeys(name for name, _ in POSES)
    return {name: [place for place, (expression, _) in enumerate(POSES) if expression == name] for name in names}


def clip(people: int, frames: int, *, width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """Draw a film of moving faces, which goes on without a jump when it begins anew.

    Args:
        people: how many faces, 1 to 4; of more than `PEOPLE` the first appears again.
        frames: of the film.
        width: of a frame in pixels.
        height: of a frame in pixels.

    Returns:
        (frames, height, width) uint8.
    """
    across = 1 if people == 1 else 2
    side = round(height * (1.1 if people == 1 else 0.6))
    film = np.full((frames, height, width), 96, np.uint8)
    for place in range(people):
        tiles = _tiles(PEOPLE[place % len(PEOPLE)])
        column, row = place % across, place // across
        centre = ((column + 0.5) * width / across, (row + 0.5) * height / (1 if people <= across else 2))
        for number in range(frames):
            turn = 2 * math.pi * number / frames + place
            shift = 0.05 * side
            middle = centre[0] + shift * math.sin(turn), centre[1] + 0.5 * shift * math.cos(2 * turn)
            _lay(film[number], _pose(tiles, number / frames + place / 5), middle, side, 5 * math.sin(turn))
    return film


def _tile(identity: int, expression: str, intensity: float) -> NDArray[np.uint8]:
    dark, light = (
        draw_face(
            identity,
            expression,
            intensity,
            size=TILE,
            scene=Scene(zoom=0.62, background="plain", tones=(tone, tone), shift=(0, -0.05)),
        ).astype(np.float32)
        for tone in _TONES
    )
    empty = light[2, 2] - dark[2, 2]
    opacity = np.clip(1 - (light - dark) / empty, 0, 1)
    own = (dark - (1 - opacity) * dark[2, 2]) / np.maximum(opacity, 1 / 255)
    grey = np.where(opacity > 0, np.clip(own, 0, 255), 0)
    return np.rint(np.dstack([grey, grey, grey, 255 * opacity])).astype(np.uint8)


@lru_cache(maxsize=4)
def _tiles(identity: int) -> NDArray[np.float32]:
    """The pictures of a sheet that ships: (9, TILE, TILE, 2) grey and opacity 0 to 1."""
    read = cv2.imdecode(np.frombuffer(sheet_file(identity).read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    drawn = np.asarray(read).reshape(ACROSS, TILE, ACROSS, TILE, 4).swapaxes(1, 2).reshape(-1, TILE, TILE, 4)
    return np.asarray(drawn[..., 2:].astype(np.float32) / np.array([1, 255], np.float32))


def _pose(tiles: NDArray[np.float32], moment: float) -> NDArray[np.float32]:
    """The picture at a moment 0 to 1 of the film, in which each expression comes and goes."""
    order = [0]
    for full in range(2, len(POSES), 2):
        order += [full - 1, full, full, full - 1, 0]
    place = (moment % 1) * (len(order) - 1)
    start, share = int(place), place % 1
    return np.asarray(tiles[order[start]] * (1 - share) + tiles[order[(start + 1) % len(order)]] * share, np.float32)


def _lay(frame: NDArray[np.uint8], tile: NDArray[np.float32], middle: tuple[float, float], side: int, degrees: float) -> None:
    """Lay a picture over a frame, in place."""
    matrix = cv2.getRotationMatrix2D((TILE / 2, TILE / 2), degrees, side / TILE)
    matrix[:, 2] = matrix[:, 2] + np.array(middle) - TILE / 2
    laid = cv2.warpAffine(tile, matrix, (frame.shape[1], frame.shape[0]), flags=cv2.INTER_LINEAR)
    frame[:] = np.rint(frame * (1 - laid[..., 1]) + laid[..., 0] * laid[..., 1]).astype(np.uint8)
