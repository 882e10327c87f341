"""Every kind of upload gives an upright RGB picture or one clear sentence."""

import base64
import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, features

from fer_core.errors import PhotoError
from fer_core.photos import reading
from fer_core.photos.reading import read_photo

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 30), (30, 30, 200), (210, 200, 40)


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Four coloured quarters: red, green above blue, yellow."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for number, colour in enumerate((RED, GREEN, BLUE, YELLOW)):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        draw.rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def quarters(photo: np.ndarray) -> list[tuple[int, int, int]]:
    """Colours in the middle of the four quarters, row by row."""
    height, width = photo.shape[:2]
    places = [(height // 4, width // 4), (height // 4, 3 * width // 4), (3 * height // 4, width // 4)]
    return [tuple(int(value) for value in photo[place]) for place in [*places, (3 * height // 4, 3 * width // 4)]]


def near(found: list[tuple[int, int, int]], expected: tuple[tuple[int, int, int], ...], tolerance: int = 12) -> bool:
    return bool(np.abs(np.array(found) - np.array(expected)).max() <= tolerance)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def container(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", len(body) + 4) + body + b"\0" * 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "shape", "expected"),
    [
        (1, (40, 60), (RED, GREEN, BLUE, YELLOW)),
        (2, (40, 60), (GREEN, RED, YELLOW, BLUE)),
        (3, (40, 60), (YELLOW, BLUE, GREEN, RED)),
        (4, (40, 60), (BLUE, YELLOW, RED, GREEN)),
        (5, (60, 40), (RED, BLUE, GREEN, YELLOW)),
        (6, (60, 40), (BLUE, RED, YELLOW, GREEN)),
        (7, (60, 40), (YELLOW, GREEN, BLUE, RED)),
        (8, (60, 40), (GREEN, YELLOW, RED, BLUE)),
    ],
)
def test_orientation_is_obeyed(kind: str, orientation: int, shape: tuple[int, int], expected: tuple) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    photo = read_photo(saved(corners(), kind, exif=exif), name="a")
    assert photo.shape == (*shape, 3)
    assert near(quarters(photo), expected)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_kinds_are_read(kind: str) -> None:
    photo = read_photo(saved(corners(), kind), name="a")
    assert photo.shape == (40, 60, 3)
    assert photo.dtype == np.uint8
    assert photo.flags.writeable
    assert near(quarters(photo), (RED, GREEN, BLUE, YELLOW))


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (corners().quantize(16), "PNG", (RED, GREEN, BLUE, YELLOW)),
        (corners().convert("CMYK"), "JPEG", (RED, GREEN, BLUE, YELLOW)),
        (corners().convert("CMYK"), "TIFF", (RED, GREEN, BLUE, YELLOW)),
        (Image.fromarray(np.full((40, 60), 0x8080, np.uint16)), "PNG", ((128,) * 3,) * 4),
        (Image.fromarray(np.full((40, 60), 0x4040, np.uint16)), "TIFF", ((64,) * 3,) * 4),
        (Image.fromarray(np.full((40, 60), 200, np.int32)), "TIFF", ((200,) * 3,) * 4),
        (Image.fromarray(np.full((40, 60), 0.5, np.float32)), "TIFF", ((128,) * 3,) * 4),
        (Image.new("1", (60, 40), 1), "PNG", ((255,) * 3,) * 4),
        (Image.new("L", (60, 40), 77), "PNG", ((77,) * 3,) * 4),
        (Image.new("LA", (60, 40), (0, 0)), "PNG", ((255,) * 3,) * 4),
        (Image.new("RGBA", (60, 40), (0, 0, 0, 0)), "PNG", ((255,) * 3,) * 4),
        (Image.new("RGBA", (60, 40), (0, 0, 0, 128)), "PNG", ((127,) * 3,) * 4),
        (Image.new("RGBA", (60, 40), (10, 20, 30, 255)), "WEBP", ((10, 20, 30),) * 4),
    ],
)
def test_modes_are_converted(picture: Image.Image, kind: str, expected: tuple) -> None:
    assert near(quarters(read_photo(saved(picture, kind), name="a")), expected)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, GREEN, BLUE)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert near(quarters(read_photo(data, name="a")), (RED,) * 4)


def test_transparent_palette_lies_on_white() -> None:
    picture = Image.new("P", (60, 40), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    assert near(quarters(read_photo(saved(picture, "GIF", transparency=0), name="a")), ((255,) * 3,) * 4)


@pytest.mark.skipif(not features.check("avif"), reason="this build of Pillow has no AVIF decoder")
def test_avif_is_read_where_pillow_can() -> None:
    assert near(quarters(read_photo(saved(corners(), "AVIF"), name="a.avif")), (RED, GREEN, BLUE, YELLOW), 25)


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAZdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAABuwABAAAAAAAAAFwAAgAAAAACFwABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAi"
    "QAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAB"
    "ppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAiG1kYXQAAABYKAGvWIsyDpJf//K13/9R/kPlAMOjcW6JKfsfz/gBVAY8Hmy1yjbB3zgf/sWt/8Cv"
    "D/glECw2Iv4dIfp9n9hBvCauflekAE3TMnVfjcjftU4hqOPF4CBDhgAAAAZFeGlmAABNTQAqAAAACAABARIAAwAAAAEAAQAAAAAAAA=="
)
"""The four corners, 96 by 64."""


def test_heic_is_read_where_its_decoder_is_installed() -> None:
    pytest.importorskip("pi_heif", reason="needs the extra package pi-heif (requirements-extra.txt)")
    photo = read_photo(HEIC, name="a.heic")
    assert photo.shape == (64, 96, 3)
    assert near(quarters(photo), (RED, GREEN, BLUE, YELLOW), 25)
    with pytest.raises(PhotoError, match=r"^a\.heic is (damaged|not a picture)"):
        read_photo(HEIC[:400], name="a.heic")


def test_avif_is_named_where_pillow_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.photos.reading.features.check", lambda feature: False)
    with pytest.raises(
        PhotoError, match=r"^a.avif is an AVIF picture, which cannot be read here; export it as JPEG and try again\.$"
    ):
        read_photo(container(b"avif", b"mif1"), name="a.avif")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_matter() -> None:
    data = saved(corners(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff" + b"\xff" * 40)
    assert near(quarters(read_photo(data, name="a")), (RED, GREEN, BLUE, YELLOW))


JPEG = saved(corners(600, 400), "JPEG")
PNG = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)), "PNG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXPORT = "which cannot be read here; export it as JPEG and try again."
STILL = "which cannot be read here; take a still picture from it and try again."
NO_PICTURE = "p is not a picture that can be read here; choose a JPEG, PNG, WEBP, BMP, GIF or TIFF file."
DAMAGED = "p is damaged or cut off; export it again as JPEG and try again."
TOO_MANY = "p is larger than the 60 million pixels that are read; shrink it and try again"
TOO_FEW = "choose a photo of at least 24 x 24 pixels, better 200 x 200 or more."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "p is empty; choose another file.", id="empty"),
        pytest.param(container(b"heic", b"mif1", b"heic"), f"p is an HEIC picture, {EXPORT}", id="heic"),
        pytest.param(container(b"mif1", b"heic"), f"p is an HEIC picture, {EXPORT}", id="heic under mif1"),
        pytest.param(container(b"mif1"), f"p is an HEIF picture, {EXPORT}", id="heif"),
        pytest.param(
            container(b"isom", b"mp42"),
            f"p is a video, {STILL}",
            id="mp4",
        ),
        pytest.param(b"%PDF-1.7\n" + b"\0" * 99, f"p is a PDF, {EXPORT}", id="pdf"),
        pytest.param(SVG, f"p is an SVG drawing, {EXPORT}", id="svg"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?>\n' + SVG, f"p is an SVG drawing, {EXPORT}", id="svg with prologue"),
        pytest.param(b"8BPS\0\1" + b"\0" * 50, f"p is a Photoshop file, {EXPORT}", id="psd"),
        pytest.param(b"PK\x03\x04" + b"\0" * 50, f"p is an archive or office document, {EXPORT}", id="zip"),
        pytest.param(b"\0\0\1\0\1\0" + b"\0" * 50, f"p is an icon, {EXPORT}", id="ico"),
        pytest.param(b"just some words", NO_PICTURE, id="renamed text"),
        pytest.param(b"\x7fELF" + b"\0" * 300, NO_PICTURE, id="program"),
        pytest.param(b"\0" * 5000, NO_PICTURE, id="zeros"),
        pytest.param(b"\xff\xd8\xff", NO_PICTURE, id="start of a jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n", NO_PICTURE, id="start of a png"),
        pytest.param(JPEG[: len(JPEG) // 2], DAMAGED, id="half a jpeg"),
        pytest.param(PNG[: len(PNG) // 2], DAMAGED, id="half a png"),
        pytest.param(PNG[:1000] + b"\0" * 500 + PNG[1500:], DAMAGED, id="png with a hole"),
        pytest.param(png_header(5000, 5000), DAMAGED, id="png without pixels"),
        pytest.param(png_header(20_000, 20_000), f"{TOO_MANY}.", id="20000 x 20000"),
        pytest.param(png_header(9000, 8000), f"{TOO_MANY} (it has 9,000 x 8,000 pixels).", id="72 million"),
        pytest.param(saved(Image.new("RGB", (1, 1)), "PNG"), f"p has only 1 x 1 pixels; {TOO_FEW}", id="1 x 1"),
        pytest.param(saved(Image.new("RGB", (900, 5)), "PNG"), f"p has only 900 x 5 pixels; {TOO_FEW}", id="a line"),
    ],
)
def test_bad_uploads_get_one_sentence(monkeypatch: pytest.MonkeyPatch, data: bytes, sentence: str) -> None:
    monkeypatch.setattr(reading, "heic_is_read", lambda: False)
    with pytest.raises(PhotoError) as caught:
        read_photo(data, name="p")
    assert str(caught.value) == sentence


def test_limits_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_PHOTO_PIXELS", "2000000")
    with pytest.raises(PhotoError, match=r"^p is larger than the 2 million pixels that are read; shrink .* 2,000 x 1,500 pixels"):
        read_photo(saved(Image.new("RGB", (2000, 1500)), "PNG"), name="p")
    monkeypatch.setenv("FER_MAX_PHOTO_BYTES", "1000000")
    with pytest.raises(PhotoError, match=r"^p has 2 MB, more than the 1 MB that are read; save it smaller and try again\.$"):
        read_photo(b"\xff\xd8\xff" + b"\0" * 2_000_000, name="p")


def test_a_bomb_is_not_decoded() -> None:
    """7,000 x 7,000 pixels of one colour in 150 kB: refused by its size alone, without a warning of the decoder."""
    rows = zlib.compress(b"\0" * (7000 * 3 + 1) * 7000, 9)
    data = png_header(7000, 7000)[:33] + struct.pack(">I", len(rows)) + b"IDAT" + rows
    data += struct.pack(">I", zlib.crc32(b"IDAT" + rows))
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("error")
        patch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
        patch.setenv("FER_MAX_PHOTO_PIXELS", "40000000")
        with pytest.raises(PhotoError, match="larger than the 40 million pixels"):
            read_photo(data, name="bomb.png")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("../../etc/portrait.heic", "portrait.heic is"),
        ("C:\\photos\\a.heic", "a.heic is"),
        ("bad\nname.heic", "badname.heic is"),
        ("", "The photo is"),
        ("x" * 200 + ".heic", "x" * 40 + "…" + "x" * 14 + ".heic is"),
    ],
)
def test_names_are_made_fit_to_show(monkeypatch: pytest.MonkeyPatch, name: str, start: str) -> None:
    monkeypatch.setattr(reading, "heic_is_read", lambda: False)
    with pytest.raises(PhotoError) as caught:
        read_photo(container(b"heic"), name=name)
    assert str(caught.value).startswith(start)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_random_damage_gives_a_picture_or_a_photo_error() -> None:
    rng = np.random.default_rng(0)
    sources = [saved(corners(), kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")]
    refused = 0
    for number in range(300):
        data = bytearray(sources[number % len(sources)])
        for place in rng.integers(0, len(data), 6):
            data[place] = rng.integers(0, 256)
        try:
            photo = read_photo(bytes(data), name="p")
        except PhotoError:
            refused += 1
        else:
            assert photo.shape[2] == 3
            assert photo.dtype == np.uint8
    assert 0 < refused < 300
