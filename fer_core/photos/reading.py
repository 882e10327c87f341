"""Bytes of an uploaded photo -> upright RGB pixels, or one sentence that says why not. Nothing is written to disk."""

from __future__ import annotations

import importlib.util
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, features

from fer_core.errors import InputError, PhotoError
from fer_core.files import open_regular
from fer_core.photos.pixels import rgb
from fer_core.settings import settings

MIN_SIDE = 24
"""Smallest side of a photo in pixels: half of a stored face; below it there is no face to read."""

READABLE = "JPEG, PNG, WEBP, BMP, GIF or TIFF"
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif")
"""Endings, in lower case, of the files of a folder that are taken for photos."""

# Brands of ISO base media files (the four letters after `ftyp`): ISO/IEC 23008-12 for HEIF, AV1 image file format 1.1 for AVIF.
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1", b"miaf"}
_AVIF_BRANDS = {b"avif", b"avis"}

MOST_MISSING = 0.25
"""A JPEG that lacks more of its rows than this share is damaged; one that lacks fewer is short of its last bytes."""

_BYTES_PER_PIXEL = {
    "JPEG": 7,
    "JPEG, progressive": 11,
    "PNG": 7,
    "BMP": 7,
    "WEBP": 18,
    "GIF": 12,
    "TIFF": 12,
    "AVIF": 20,
    "HEIF": 10,
}
_OTHER_BYTES_PER_PIXEL = 20

# EXIF 2.32, tag Orientation: what turns the stored rows upright.
_TURNS: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    2: np.fliplr,
    3: lambda pixels: pixels[::-1, ::-1],
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels, 1),
}

# First bytes of kinds that are not read.
_UNREADABLE = {
    b"\x00\x00\x01\x00": "an icon",
    b"8BPS": "a Photoshop file",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"PK\x03\x04": "an archive or office document",
    b"\x1f\x8b": "an archive or office document",
    b"7z\xbc\xaf": "an archive or office document",
    b"Rar!": "an archive or office document",
}

# What Pillow's decoders are known to raise on damaged files; UnidentifiedImageError is an OSError.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def read_file(path: Path) -> NDArray[np.uint8]:
    """Read an upright photo (H, W, 3) uint8 from a file.

    Raises:
        PhotoError: the file is missing, or not a picture that can be read.
    """
    try:
        with open_regular(path) as file:
            data = file.read(settings().max_photo_bytes + 1)
    except InputError as error:
        raise PhotoError(f"{short_name(path.name)} cannot be opened (not a file); check the path.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PhotoError(f"{short_name(path.name)} cannot be opened ({reason}); check the path.") from error
    return read_photo(data, name=path.name)


def read_photo(data: bytes, *, name: str) -> NDArray[np.uint8]:
    """Decode a photo, turn it upright as its EXIF orientation says, and convert it to RGB.

    The first frame is taken from an animation, transparency is laid on white, and 16-bit values are scaled to 8 bit. AVIF is
    read where this build of Pillow can, HEIC where the extra package pi-heif is installed.

    Args:
        data: the file's bytes.
        name: the file's name, for the sentence.

    Returns:
        (H, W, 3) uint8, 0 to 255.

    Raises:
        PhotoError: the file is empty, over a limit of the settings, not a picture, of a kind that cannot be read, or damaged.
    """
    name = short_name(name)
    limits = settings()
    if not data:
        raise PhotoError(f"{name} is empty; choose another file.")
    if len(data) > limits.max_photo_bytes:
        raise PhotoError(
            f"{name} has {len(data) / 1e6:,.0f} MB, more than the {limits.max_photo_bytes / 1e6:,.0f} MB that are read; "
            "save it smaller and try again."
        )
    kind = _unreadable_kind(data)
    if kind is not None:
        wanted = "take a still picture from it" if kind == "a video" else "export it as JPEG"
        raise PhotoError(f"{name} is {kind}, which cannot be read here; {wanted} and try again.")
    mended = mended_jpeg(data)
    image = _open(data if mended is None else mended, name)
    _check_size(image.size, name, limits.max_photo_pixels)
    if decoding_bytes(image) > limits.max_decoded_bytes:
        raise PhotoError(
            f"{name} takes more than {limits.max_decoded_bytes / 1e6:,.0f} MB of memory to decode (FER_MAX_DECODED_BYTES); "
            "shrink it, or save it as an ordinary JPEG, and try again."
        )
    try:
        image.load()
        pixels = rgb(image)
        if mended is not None and missing_share(pixels) > MOST_MISSING:
            raise PhotoError(f"{name} is damaged or cut off; export it again as JPEG and try again.")
        # The decoder's copy goes before the picture is turned, which takes another.
        image.im = None  # type: ignore[assignment]
        pixels = upright(pixels, image)
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_many(name, limits.max_photo_pixels)) from error
    except _DAMAGE as error:
        raise PhotoError(f"{name} is damaged or cut off; export it again as JPEG and try again.") from error
    _check_size((pixels.shape[1], pixels.shape[0]), name, limits.max_photo_pixels)
    return pixels


def decoding_bytes(image: Image.Image) -> int:
    """Memory in bytes that decoding a picture takes at most, its pixels as an array included; nothing is decoded yet.

    Measured for each format by `python -m benchmarks.memory_hostile`.
    """
    kind = image.format or ""
    if kind == "JPEG" and image.info.get("progressive"):
        kind = "JPEG, progressive"
    width, height = image.size
    return width * height * _BYTES_PER_PIXEL.get(kind, _OTHER_BYTES_PER_PIXEL)


def mended_jpeg(data: bytes) -> bytes | None:
    """A JPEG file whose end is missing, with an end marker, so that it can be decoded; None for any other file."""
    scan = data.rfind(b"\xff\xda")
    if not data.startswith(b"\xff\xd8") or scan < 0 or b"\xff\xd9" in data[scan:]:
        return None
    return data + b"\xff\xd9"


def missing_share(pixels: NDArray[np.uint8]) -> float:
    """Share of a picture's rows, (H, W) or (H, W, 3) uint8, that are one colour at its lower end: where bytes are missing."""
    grey = pixels if pixels.ndim == 2 else pixels[..., 1]
    flat = np.ptp(grey[::-1], axis=1) <= 1
    return float(flat.argmin() if not flat.all() else len(flat)) / len(grey)


def short_name(name: str) -> str:
    """For a sentence: the file's own name without folders and control characters, at most 60 characters."""
    plain = "".join(letter for letter in PurePath(name.replace("\\", "/")).name if letter.isprintable()).strip()
    if len(plain) > 60:
        plain = f"{plain[:40]}…{plain[-19:]}"
    return plain or "The photo"


def _unreadable_kind(data: bytes) -> str | None:
    """What the bytes are when they are a known kind that is not read, with its article; None otherwise."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower()
    if data[4:8] == b"ftyp":
        return _container_kind(data)
    if head.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if head.startswith(b"<") and b"<svg" in head:
        return "an SVG drawing"
    if head.startswith(b"%pdf"):
        return "a PDF"
    return next((kind for start, kind in _UNREADABLE.items() if data.startswith(start)), None)


def _container_kind(data: bytes) -> str | None:
    """HEIC, HEIF, AVIF or video, by the brands of the `ftyp` box; None for what can be read."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, length, 4))}
    if data[8:12] in _AVIF_BRANDS or (brands & _AVIF_BRANDS and not brands & _HEIC_BRANDS):
        return None if features.check("avif") else "an AVIF picture"
    if data[8:12] == b"crx ":
        return "a camera's raw picture"
    if brands & _HEIC_BRANDS:
        return None if heic_is_read() else "an HEIC picture"
    if brands & _HEIF_BRANDS:
        return "an HEIF picture"
    return "a video"


def heic_is_read() -> bool:
    """Whether pi-heif is installed, the decoder for photos of many telephones (libheif and libde265, LGPL; it cannot write)."""
    return importlib.util.find_spec("pi_heif") is not None


def _open(data: bytes, name: str) -> Image.Image:
    formats = [*_FORMATS, "AVIF"] if features.check("avif") else list(_FORMATS)
    if data[4:8] == b"ftyp" and heic_is_read():
        import pi_heif

        # Told to Pillow once; again does nothing. Only files that are named so by their brands come here.
        pi_heif.register_heif_opener(thumbnails=False)
        formats.append("HEIF")
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_many(name, settings().max_photo_pixels)) from error
    except _DAMAGE as error:
        if "HEIF" in formats:
            raise PhotoError(f"{name} is damaged or cut off; export it again as JPEG and try again.") from error
        raise PhotoError(f"{name} is not a picture that can be read here; choose a {READABLE} file.") from error


def _check_size(size: tuple[int, int], name: str, limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise PhotoError(f"{_too_many(name, limit)[:-1]} (it has {width:,} x {height:,} pixels).")
    if min(width, height) < MIN_SIDE:
        raise PhotoError(
            f"{name} has only {width} x {height} pixels; choose a photo of at least {MIN_SIDE} x {MIN_SIDE} pixels, "
            "better 200 x 200 or more."
        )


def _too_many(name: str, limit: int) -> str:
    return f"{name} is larger than the {limit / 1e6:,.0f} million pixels that are read; shrink it and try again."


def upright(pixels: NDArray[np.uint8], image: Image.Image) -> NDArray[np.uint8]:
    """Pixels (H, W) or (H, W, 3) of a loaded picture, turned as its EXIF says; a damaged EXIF block means no turn.

    TIFF is turned by Pillow when it is loaded.
    """
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGE:
        return pixels
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))
