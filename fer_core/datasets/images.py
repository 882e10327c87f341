"""Any picture in, one square face out, as fine and coloured as it came, or the reason why not."""

from __future__ import annotations

import io
import math
import re
import struct
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, features

from fer_core.photos.frame import LARGEST, Colour, Frame, luma, resized
from fer_core.photos.pixels import strips
from fer_core.photos.reading import MOST_MISSING, decoding_bytes, mended_jpeg, missing_share, upright
from fer_core.settings import FACE_SIZE, settings

SUFFIXES: frozenset[str] = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".avif"}
)
"""Suffixes of files that are tried as pictures; what is inside is found out from the content."""

MIN_SIDE = 8
"""Smallest side of a picture in pixels: below it there is nothing of a face to see."""

CUT_SHORT = "short of its last bytes; the last rows are one grey"
"""Remark on a JPEG whose end is missing."""

_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", *(["AVIF"] if features.check("avif") else []))
_LARGE = threading.Lock()
_LARGE_BYTES = 16_000_000
_DRAFT_PIXELS, _DRAFT_SIDE = 4_000_000, 512
_OTHER_THAN_LEVELS = re.compile(r"[^\d\s]")
_SEPARATORS = str.maketrans("[](),;", "      ")
_BACKGROUND = 128
_FRAME_MARKERS = (0xC0, 0xC1, 0xC2)
_EXIF_MARKER = 0xE1
_DEEPEST = 65535
_COLOURED = 4.0


class UnusableError(Exception):
    """A picture cannot become a face; `str(error)` is the short reason, for a list of rejected files."""


class Loaded(NamedTuple):
    """A picture that can become a face.

    Attributes:
        picture: (H, W) uint8 grey, or (H, W, 3) uint8 RGB where red, green and blue are not the same everywhere.
        width: of the picture in pixels, upright.
        height: of the picture in pixels, upright.
        remark: what is not as it should be with the picture, in words; empty when nothing is.
        box: left, top, right and bottom of the face in pixels, where the source says it; None for the whole picture.
    """

    picture: np.ndarray
    width: int
    height: int
    remark: str = ""
    box: tuple[float, float, float, float] | None = None

    def cut(self) -> Loaded:
        """The part with the face: its box, widened to a square where the picture has room; itself where it has none.

        Raises:
            UnusableError: the box lies outside, or is too small.
        """
        if self.box is None:
            return self
        part = _grey_if_it_is(_boxed(self.picture, self.box))
        _require_side(part)
        return Loaded(part, part.shape[1], part.shape[0], self.remark)

    def fitted(self, frame: Frame) -> np.ndarray:
        """The face in this frame, (S, S) or (S, S, 3) uint8."""
        face = fit(self.cut().picture, frame.size, frame.colour)
        return np.repeat(face[..., None], 3, axis=2) if face.ndim < len(frame.shape) else face


Box = Callable[[int, int], tuple[float, float, float, float]]
"""Where in a picture of this width and height a face is: left, top, right and bottom in pixels."""


def decode(data: bytes, *, max_pixels: int, box: Box | None = None, fine: bool = False) -> Loaded:
    """The picture in a file, and where its face is, if that is known.

    A grey 8-bit picture keeps its pixels bit for bit. Otherwise: the EXIF orientation is obeyed, an animation is its first frame,
    16-bit grey is scaled to 8, transparency is laid on mid-grey (128, which adds neither a bright nor a dark edge), and very
    large pictures without a box are read coarser.

    Args:
        data: content of a JPEG, PNG, BMP, WebP, GIF, TIFF or AVIF file; a JPEG may lack its last bytes.
        max_pixels: larger pictures are not decoded.
        box: where the face is; None for the whole picture.
        fine: read large pictures as fine as they are: a face in them is to be found.

    Raises:
        UnusableError: it is no picture, damaged, or too large.
    """
    if not data:
        raise UnusableError("the file is empty")
    if box is None and _is_plain_face(data):
        # Five times as fast as Pillow, and the same pixels: compared on all 32,298 JPEG files of FER2013.
        face = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if face is not None:
            return Loaded(face, FACE_SIZE, FACE_SIZE)
    mended = mended_jpeg(data)
    picture = _decoded(data if mended is None else mended, max_pixels, coarse=box is None and not fine)
    missing = 0.0 if mended is None else missing_share(picture)
    if missing > MOST_MISSING:
        raise UnusableError(f"damaged: cut short, {missing:.0%} of the picture is missing")
    _require_side(picture)
    height, width = picture.shape[:2]
    where = None if box is None else box(width, height)
    return Loaded(picture if where else _grey_if_it_is(picture), width, height, "" if mended is None else CUT_SHORT, where)


def is_coloured(face: np.ndarray) -> bool:
    """Whether a face (S, S) or (S, S, 3) is more than grey: red, green and blue lie 4 of 255 levels apart, on average."""
    return face.ndim == 3 and float(np.ptp(face[::2, ::2].astype(np.int16), axis=2).mean()) >= _COLOURED


def _require_side(picture: np.ndarray) -> None:
    height, width = picture.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise UnusableError(f"{width} x {height} pixels show no face; at least {MIN_SIDE} x {MIN_SIDE} are needed")


def _grey_if_it_is(picture: np.ndarray) -> np.ndarray:
    """The picture, (H, W) where its red, green and blue are the same everywhere."""
    if picture.ndim == 2 or not all((part == part[..., :1]).all() for part in (picture[::16, ::16], picture)):
        return picture  # most pictures in colour show it at a glance
    return picture[..., 0]


def _boxed(picture: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The part of a picture in a box, widened to a square as far as the picture goes."""
    high, wide = picture.shape[:2]
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    if not (side > 0 and left < wide and top < high and right > 0 and bottom > 0):
        raise UnusableError("its box lies outside the picture")
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    rows = slice(max(0, round(y)), min(high, round(y + side)))
    return picture[rows, max(0, round(x)) : min(wide, round(x + side))]


def _decoded(data: bytes, max_pixels: int, *, coarse: bool) -> np.ndarray:
    """Pixels of a picture, (H, W) or (H, W, 3) uint8; coarser where it is very large and that will do."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise UnusableError(f"{width} x {height} pixels are more than the limit of {max_pixels:,}")
            cost = decoding_bytes(picture)
            if cost > _LARGE_BYTES and cost > (limit := settings().max_decoded_bytes):
                raise UnusableError(f"decoding {width} x {height} pixels takes more than {limit:,} bytes (FER_MAX_DECODED_BYTES)")
            # Many threads decode small pictures; large ones take turns, so that their memory does not add up.
            with _LARGE if cost > _LARGE_BYTES else nullcontext():
                is_large = coarse and width * height > _DRAFT_PIXELS
                if is_large:
                    picture.draft("L" if picture.mode == "L" else "RGB", (_DRAFT_SIDE, _DRAFT_SIDE))
                return _pixels(picture, coarser=is_large)
    except UnusableError:
        raise
    except UnidentifiedImageError as error:
        raise UnusableError("not a picture in a format that can be read") from error
    except Image.DecompressionBombError as error:
        raise UnusableError(f"more pixels than the limit of {max_pixels:,}") from error
    except Exception as error:  # decoders answer damaged files with almost any exception
        raise UnusableError(f"damaged: {' '.join(str(error).split())[:120] or type(error).__name__}") from error


def parse_pixels(text: str) -> Loaded:
    """The face in a list of grey levels, as fer2013.csv has them.

    They are separated by blanks; commas, brackets and `.0` are passed over.

    Raises:
        UnusableError: not all are whole numbers from 0 to 255, or they make no square picture.
    """
    if _OTHER_THAN_LEVELS.search(text):
        text = text.translate(_SEPARATORS)
        values = _numbers(text, np.float64)
        if not (values == np.floor(values)).all():
            raise UnusableError("the pixels are not all whole numbers")
    else:
        values = _numbers(text, np.int64)
    return face_of_levels(values)


def face_of_levels(values: np.ndarray) -> Loaded:
    """The face in grey levels, row by row, (N,) of any number type.

    Raises:
        UnusableError: they are outside 0 to 255, or make no square picture.
    """
    side = math.isqrt(len(values))
    if side == 0 or side * side != len(values):
        raise UnusableError(f"{len(values)} pixels make no square picture")
    if not (values.min() >= 0 and values.max() <= 255):
        raise UnusableError("a pixel is outside 0 to 255")
    if side < MIN_SIDE:
        raise UnusableError(f"{side} x {side} pixels show no face; at least {MIN_SIDE} x {MIN_SIDE} are needed")
    return Loaded(values.astype(np.uint8).reshape(side, side), side, side)


def _numbers(text: str, kind: type) -> NDArray[Any]:
    try:
        values: NDArray[Any] = np.fromstring(text, dtype=kind, sep=" ")
    except ValueError as error:
        raise UnusableError("the pixels are not all whole numbers") from error
    if len(values) != len(text.split()):
        raise UnusableError("the pixels are not all whole numbers")
    return values


def fit(picture: np.ndarray, size: int | None, colour: Colour | None) -> np.ndarray:
    """Make a picture (H, W) or (H, W, 3) uint8 a face, (S, S) or (S, S, 3) uint8.

    What is not square loses the same amount on both longer sides: squeezing would change expressions, and bars at the border
    would be a mark that a network learns.

    Args:
        picture: any picture.
        size: S; None keeps what there is, up to 224.
        colour: "grey" for luma (ITU-R BT.601); otherwise what there is.
    """
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(picture[top : top + side, left : left + side])
    if colour == "grey" and square.ndim == 3:
        square = luma(square)
    return resized(square, size or min(side, LARGEST))


def _pixels(picture: Image.Image, *, coarser: bool) -> np.ndarray:
    """Pixels, upright, (H, W) or (H, W, 3) uint8; converted strip by strip, so that no second whole picture is held."""
    picture.load()
    if picture.mode == "F":
        raise UnusableError("floating-point pixels have no known white")
    width, height = picture.size
    shrink = 1
    while coarser and min(width, height) // (2 * shrink) >= _DRAFT_SIDE:
        shrink *= 2  # a power of two divides the rows of a strip
    pixels, end = np.empty(0, np.uint8), 0
    for top, strip in strips(picture):
        part = _of_strip(strip)
        if shrink > 1:
            part = cv2.resize(part, (width // shrink, max(1, len(part) // shrink)), interpolation=cv2.INTER_AREA)
        if not top:
            pixels = np.empty((-(-height // shrink), *part.shape[1:]), np.uint8)
        end = top // shrink + len(part)
        pixels[top // shrink : end] = part
    return upright(pixels[:end], picture)


def _of_strip(strip: Image.Image) -> np.ndarray:
    if strip.mode == "I" or strip.mode.startswith("I;16"):
        deep = np.asarray(strip).astype(np.int64).clip(0, _DEEPEST)
        return ((deep * 255 + _DEEPEST // 2) // _DEEPEST).astype(np.uint8)
    is_grey = strip.mode in ("L", "1", "LA", "La")
    if strip.has_transparency_data:
        layers = strip.convert("RGBA")
        levels = np.asarray(layers.convert("RGB").convert("L") if is_grey else layers.convert("RGB")).astype(np.int64)
        opacity = np.asarray(layers.getchannel("A")).astype(np.int64)
        opacity = opacity if is_grey else opacity[..., None]
        return ((levels * opacity + _BACKGROUND * (255 - opacity) + 127) // 255).astype(np.uint8)
    return np.asarray(strip.convert("L" if is_grey else "RGB"))


def _is_plain_face(data: bytes) -> bool:
    """Whether this is a whole JPEG with one 8-bit channel of 48x48 and no EXIF before its frame."""
    if not (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")):
        return False
    position = 2
    while position + 10 <= len(data):
        start, marker, length = struct.unpack_from(">BBH", data, position)
        if start != 0xFF or marker == _EXIF_MARKER or marker >= 0xF0 or length < 2:
            return False
        if marker in _FRAME_MARKERS:
            return struct.unpack_from(">BHHB", data, position + 4) == (8, FACE_SIZE, FACE_SIZE, 1)
        position += 2 + length
    return False
