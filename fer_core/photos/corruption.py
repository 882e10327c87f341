"""Corruptions of faces: blur, noise, compression, light, few pixels, a tilted head, something in the way.

A corruption is a row of `CORRUPTIONS` and a function; the command line, the pages and the tests read the table. All strengths
are measured on the 48x48 frame, so that a larger picture of the same frame is corrupted alike: a blur of 2 is four
times as wide in pixels at 192x192. Robustness measures with them, and the view "Disturb it" has them on sliders.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.settings import FACE_SIZE

Images = NDArray[np.uint8]
"""(N, S, S) grey or (N, S, S, 3) RGB, 0 to 255, S at least 48."""

Seed = int | np.random.Generator
"""Of noise: a number, or a generator that goes on where it is."""

EYES, MOUTH = 19.1, 36.1
"""Height of the eyes and of the mouth in the 48x48 frame, in pixels from its top: `TEMPLATE` of `fer_core.photos.faces`, where a
pixel's centre is a whole number."""

BAR = {"eyes": 32.0, "mouth": 24.0}
"""Width in pixels of the 48x48 frame of what covers the eyes (temple to temple) or the mouth (beyond the corners of a smile)."""

MIDDLE = (FACE_SIZE - 1) / 2
"""Middle of the frame across and down, in pixels of the 48x48 frame."""


Stage = Literal["face", "pose", "light", "lens", "sensor", "file"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""Stages of taking a picture: what is on the face, how it is held, its light, the lens, the sensor, the file."""


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt faces.

    Attributes:
        name: key in `CORRUPTIONS`.
        title: what a page calls it.
        unit: what a strength counts.
        strengths: the five that robustness measures, from mild to severe.
        least: smallest strength allowed.
        none: strength that changes nothing.
        most: largest strength allowed.
        stage: of taking a picture at which it happens; several are applied in the order of `STAGES`.
        function: takes images, strength and seed as `apply` does, for any strength but `none`.
    """

    name: str
    title: str
    unit: str
    strengths: tuple[float, float, float, float, float]
    least: float
    none: float
    most: float
    stage: Stage
    function: Callable[[Images, float, Seed], Images]

    def apply(self, images: Images, strength: float, seed: Seed = 0) -> Images:
        """Corrupt copies of faces.

        Args:
            images: (N, S, S) or (N, S, S, 3) uint8, S at least 48.
            strength: `least` to `most`, in the unit; a negative rotation is clockwise.
            seed: of the noise, or a generator that goes on, so that faces in parts get the noise that all get together. The rest
                ignore it.

        Returns:
            A new array of the same shape and dtype.

        Raises:
            InputError: the images have another shape or dtype, or the strength is out of range.
        """
        if images.dtype != np.uint8 or not _is_frame(images.shape):
            raise InputError(
                f"Faces must be (N, S, S) or (N, S, S, 3) uint8 with S at least 48; got {images.shape} {images.dtype}."
            )
        if not self.least <= strength <= self.most:
            raise InputError(
                f"The strength of '{self.name}' must be {self.least:g} to {self.most:g} {self.unit}; got {strength}."
            )
        if strength == self.none or not len(images):
            return images.copy()
        return self.function(images, float(strength), seed)


def cover(images: Images, *, across: float = MIDDLE, down: float = MIDDLE, width: float, height: float, shade: int = 0) -> Images:
    """Copy faces with a bar in front of them.

    Args:
        images: (N, S, S) or (N, S, S, 3) uint8, S at least 48.
        across: middle of the bar from the left, in pixels of the 48x48 frame.
        down: middle of the bar from the top, likewise.
        width: of the bar, likewise; with 0 nothing is covered.
        height: of the bar, likewise.
        shade: grey value of the bar, 0 black to 255 white.

    Raises:
        InputError: the images have another shape or dtype, or the shade is out of range.
    """
    if images.dtype != np.uint8 or not _is_frame(images.shape):
        raise InputError(f"Faces must be (N, S, S) or (N, S, S, 3) uint8 with S at least 48; got {images.shape} {images.dtype}.")
    if not 0 <= shade <= 255:
        raise InputError(f"The shade of a bar must be 0 to 255; got {shade}.")
    side, zoom = images.shape[1], images.shape[1] / FACE_SIZE
    place = (np.arange(side) + 0.5) / zoom - 0.5
    columns, rows = np.abs(place - across) < width / 2, np.abs(place - down) < height / 2
    covered = images.copy()
    covered[:, rows[:, None] & columns[None, :]] = shade
    return covered


def blur(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Blur with a Gaussian; `strength` is its standard deviation in pixels of the 48x48 frame."""
    deviation = strength * _zoom(images)
    return _each(images, lambda image: cv2.GaussianBlur(image, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE))


def noise(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Add Gaussian grey noise of standard deviation `strength` in grey values; the same grain, finer or coarser, for one seed."""
    grain = np.random.default_rng(seed).standard_normal((len(images), FACE_SIZE, FACE_SIZE), np.float32) * np.float32(strength)
    places = np.arange(images.shape[1]) * FACE_SIZE // images.shape[1]
    grain = grain[:, places][:, :, places]
    return _grey_values(images + (grain if images.ndim == 3 else grain[..., None]))


def jpeg(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Save as JPEG and read again; `strength` is 100 minus the quality. The picture is coded in its own size."""
    how = [cv2.IMWRITE_JPEG_QUALITY, round(100 - strength)]

    def again(image: Images) -> NDArray[np.generic]:
        # OpenCV's colours run from blue to red; a grey picture has no such axis.
        turned = image[..., ::-1] if image.ndim == 3 else image
        read = np.asarray(cv2.imdecode(cv2.imencode(".jpg", turned, how)[1], cv2.IMREAD_UNCHANGED))
        return read[..., ::-1] if image.ndim == 3 else read

    return _each(images, again)


def darken(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Darken: `strength` is the share that every grey value loses."""
    return _grey_values(images * np.float32(1 - strength))


def brighten(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Brighten: `strength` is the share of the full scale that is added, and what goes beyond white is lost."""
    return _grey_values(images + np.float32(255 * strength))


def coarsen(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Shrink by area so that `strength` pixels of the 48x48 frame become one, and enlarged again, smoothly."""
    side = images.shape[1]
    few = max(2, round(FACE_SIZE / strength))

    def again(image: Images) -> NDArray[np.generic]:
        small = cv2.resize(image, (few, few), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)

    return _each(images, again)


def rotate(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Turn around the middle by `strength` degrees, counter-clockwise; the corners that come in are mirrored."""
    side = images.shape[1]
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), strength, 1.0)
    return _each(
        images,
        lambda image: cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
    )


def cover_eyes(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Put a black bar over the eyes, `strength` pixels of the 48x48 frame high."""
    return cover(images, down=EYES, width=BAR["eyes"], height=strength)


def cover_mouth(images: Images, strength: float, seed: Seed = 0) -> Images:
    """Put a black bar over the mouth, `strength` pixels of the 48x48 frame high."""
    return cover(images, down=MOUTH, width=BAR["mouth"], height=strength)


_PIXELS = "pixels of 48"

CORRUPTIONS: dict[str, Corruption] = {
    row.name: row
    for row in (
        Corruption("blur", "Blur", _PIXELS, (0.5, 1.0, 1.5, 2.0, 3.0), 0, 0, 8, "lens", blur),
        Corruption("noise", "Noise", "grey values", (8.0, 16.0, 24.0, 32.0, 48.0), 0, 0, 128, "sensor", noise),
        Corruption("jpeg", "JPEG compression", "below quality 100", (50.0, 70.0, 80.0, 90.0, 95.0), 0, 0, 99, "file", jpeg),
        Corruption("dark", "Too dark", "of the light taken", (0.2, 0.4, 0.6, 0.75, 0.9), 0, 0, 1, "light", darken),
        Corruption("bright", "Too bright", "of full scale added", (0.1, 0.2, 0.3, 0.4, 0.6), 0, 0, 1, "light", brighten),
        Corruption("low-resolution", "Low resolution", "pixels into one", (1.5, 2.0, 3.0, 4.0, 6.0), 1, 1, 24, "lens", coarsen),
        Corruption("rotation", "Rotation", "degrees", (5.0, 10.0, 20.0, 30.0, 45.0), -180, 0, 180, "pose", rotate),
        Corruption("eyes-covered", "Eyes covered", _PIXELS, (4.0, 6.0, 8.0, 11.0, 14.0), 0, 0, 48, "face", cover_eyes),
        Corruption("mouth-covered", "Mouth covered", _PIXELS, (4.0, 7.0, 10.0, 13.0, 16.0), 0, 0, 48, "face", cover_mouth),
    )
}
"""{name: corruption}. Strengths were chosen by eye: the first is hardly seen, the last still shows a face to people."""


@dataclass(frozen=True)
class Bar:
    """A bar in front of the face: its middle, width and height in pixels of the 48x48 frame, and its shade, 0 to 255."""

    across: float = MIDDLE
    down: float = MIDDLE
    width: float = BAR["eyes"]
    height: float = 8.0
    shade: int = 0


def corrupt(images: Images, strengths: Mapping[str, float], *, bar: Bar | None = None, seed: Seed = 0) -> Images:
    """Corrupt copies of faces in several ways, one after the other in the order of `STAGES`.

    Args:
        images: (N, S, S) or (N, S, S, 3) uint8, S at least 48.
        strengths: {name of a corruption: strength}.
        bar: put in front of the face before all others.
        seed: of the noise.

    Raises:
        InputError: an unknown name, a strength out of range, or images of another shape or dtype.
    """
    unknown = sorted(set(strengths) - set(CORRUPTIONS))
    if unknown:
        raise InputError(f"A corruption is one of {', '.join(CORRUPTIONS)}; got '{unknown[0]}'.")
    corrupted = images.copy()
    if bar is not None:
        corrupted = cover(corrupted, across=bar.across, down=bar.down, width=bar.width, height=bar.height, shade=bar.shade)
    for row in sorted(CORRUPTIONS.values(), key=lambda row: STAGES.index(row.stage)):
        if row.name in strengths:
            corrupted = row.apply(corrupted, strengths[row.name], seed)
    return corrupted


def _is_frame(shape: tuple[int, ...]) -> bool:
    grey_or_rgb = len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
    return grey_or_rgb and shape[1] == shape[2] and shape[1] >= FACE_SIZE


def _zoom(images: Images) -> float:
    return images.shape[1] / FACE_SIZE


def _each(images: Images, change: Callable[[Images], NDArray[np.generic]]) -> Images:
    return np.stack([np.asarray(change(np.ascontiguousarray(image)), np.uint8) for image in images])


def _grey_values(values: NDArray[np.generic]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def version() -> str:
    """Return eight hex digits that change when a corruption or a strength does."""
    table = [(name, row.none, row.strengths) for name, row in CORRUPTIONS.items()]
    return hashlib.sha256(json.dumps(table).encode()).hexdigest()[:8]
