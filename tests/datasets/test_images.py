"""Every odd picture becomes a face or a reason."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_core.datasets.images import UnusableError, decode, fit, parse_pixels
from fer_core.photos.frame import FER

LIMIT = 40_000_000
FACE = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(mode: str, colour: object, size: tuple[int, int] = (60, 60)) -> Image.Image:
    return Image.new(mode, size, colour)


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[274] = orientation
    return tags


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_a_grey_face_is_kept_bit_for_bit(kind: str) -> None:
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(FACE), kind), max_pixels=LIMIT).fitted(FER), FACE)


def test_a_grey_face_in_webp_without_loss_is_kept_bit_for_bit() -> None:
    data = encoded(Image.fromarray(FACE).convert("RGB"), "WEBP", lossless=True)
    np.testing.assert_array_equal(decode(data, max_pixels=LIMIT).fitted(FER), FACE)


@pytest.mark.parametrize("options", [{}, {"quality": 30}, {"progressive": True}, {"optimize": True}])
def test_the_fast_way_for_jpeg_gives_what_pillow_gives(options: dict) -> None:
    data = encoded(Image.fromarray(FACE), "JPEG", **options)
    np.testing.assert_array_equal(decode(data, max_pixels=LIMIT).fitted(FER), np.asarray(Image.open(io.BytesIO(data))))


def test_shrinking_averages_areas_after_the_change_to_grey() -> None:
    big = np.random.default_rng(1).integers(0, 256, (96, 96), dtype=np.uint8)
    blocks = big.reshape(48, 2, 48, 2).mean(axis=(1, 3))
    face = decode(encoded(Image.fromarray(big), "PNG"), max_pixels=LIMIT).fitted(FER)
    assert np.abs(face - blocks).max() <= 0.5


def test_shrinking_by_a_broken_ratio_averages_areas() -> None:
    big = np.random.default_rng(2).integers(0, 256, (113, 113), dtype=np.uint8)
    np.testing.assert_array_equal(fit(big, 48, "grey"), cv2.resize(big, (48, 48), interpolation=cv2.INTER_AREA))
    assert abs(float(fit(big, 48, "grey").mean()) - float(big.mean())) < 0.5


@pytest.mark.parametrize("size", [(1, 1), (7, 7), (24, 24), (48, 48), (49, 49), (500, 300), (3, 400)])
def test_every_size_fits_and_one_grey_stays_that_grey(size: tuple[int, int]) -> None:
    face = fit(np.full(size, 77, np.uint8), 48, "grey")
    assert face.shape == (48, 48)
    assert face.dtype == np.uint8
    assert (face == 77).all()


@pytest.mark.parametrize("upright", [False, True])
def test_what_is_not_square_is_cropped_in_the_middle(upright: bool) -> None:
    bands = np.repeat(np.array([10, 200, 90], np.uint8), 48)[None, :].repeat(48, 0)
    assert (fit(bands.T if upright else bands, 48, "grey") == 200).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "dark_side"), [(1, "top"), (3, "bottom"), (6, "right"), (8, "left"), (4, "bottom"), (5, "left"), (7, "right")]
)
def test_the_exif_orientation_is_obeyed(kind: str, orientation: int, dark_side: str) -> None:
    stored = np.full((48, 48), 230, np.uint8)
    stored[:24] = 20
    face = decode(encoded(Image.fromarray(stored), kind, exif=exif(orientation)), max_pixels=LIMIT).fitted(FER).astype(int)
    halves = {"top": face[:20], "bottom": face[28:], "left": face[:, :20], "right": face[:, 28:]}
    assert min(halves, key=lambda side: halves[side].mean()) == dark_side
    assert halves[dark_side].mean() == pytest.approx(20, abs=3)


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (plain("RGB", (255, 0, 0)), "PNG", 76),
        (plain("RGB", (0, 255, 0)), "PNG", 150),
        (plain("RGB", (0, 0, 255)), "PNG", 29),
        (plain("RGB", (90, 90, 90), (48, 48)), "JPEG", 90),
        (plain("CMYK", (0, 0, 0, 0)), "JPEG", 255),
        (plain("CMYK", (0, 0, 0, 255)), "TIFF", 0),
        (plain("CMYK", (0, 0, 0, 128)), "JPEG", 127),
        (plain("P", 3), "PNG", 3),
        (plain("1", 1), "PNG", 255),
        (plain("RGBA", (255, 255, 255, 255)), "PNG", 255),
        (plain("RGBA", (255, 255, 255, 0)), "PNG", 128),
        (plain("RGBA", (0, 0, 0, 128), (48, 48)), "PNG", 64),
        (plain("RGBA", (0, 0, 0, 0)), "WEBP", 128),
        (plain("LA", (200, 0), (48, 48)), "PNG", 128),
        (plain("LA", (200, 255)), "PNG", 200),
        (Image.fromarray(np.full((60, 60), 65535, np.uint16)), "PNG", 255),
        (Image.fromarray(np.full((48, 48), 257 * 90, np.uint16)), "PNG", 90),
        (Image.fromarray(np.full((60, 60), 32768, np.uint16)), "TIFF", 128),
        (Image.fromarray(np.full((60, 60), 200, np.uint16)), "PNG", 1),
    ],
)
def test_modes_become_the_grey_they_should(picture: Image.Image, kind: str, expected: int) -> None:
    if picture.mode == "P":
        picture.putpalette([value for number in range(256) for value in (number, number, number)])
    face = decode(encoded(picture, kind), max_pixels=LIMIT).fitted(FER)
    assert face.shape == (48, 48)
    assert np.abs(face.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(("mode", "colour"), [("P", 7), ("L", 7), ("RGB", (7, 7, 7))])
def test_a_colour_that_means_transparent_becomes_mid_grey(mode: str, colour: object) -> None:
    picture = plain(mode, colour)
    if mode == "P":
        picture.putpalette([value for number in range(256) for value in (number, number, number)])
    assert (decode(encoded(picture, "PNG", transparency=colour), max_pixels=LIMIT).fitted(FER) == 128).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [plain("RGB", (grey, grey, grey)) for grey in (40, 220, 120)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert np.abs(decode(data, max_pixels=LIMIT).fitted(FER).astype(int) - 40).max() <= 2


WHOLE_JPEG = encoded(Image.fromarray(FACE), "JPEG")
COLOUR_JPEG = encoded(Image.fromarray(np.stack([FACE, FACE.T, FACE], -1)), "JPEG")
WHOLE_PNG = encoded(Image.fromarray(FACE), "PNG")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"once upon a time", "not a picture"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (WHOLE_JPEG[: len(WHOLE_JPEG) // 2], "damaged"),
        (COLOUR_JPEG[: len(COLOUR_JPEG) // 2], "damaged"),
        (WHOLE_JPEG[:20], "not a picture"),
        (WHOLE_PNG[: len(WHOLE_PNG) // 2], "damaged"),
        (WHOLE_PNG[:60] + bytes(300) + WHOLE_PNG[360:], "damaged"),
        (encoded(Image.fromarray(np.ones((50, 50), np.float32)), "TIFF"), "floating-point"),
        (encoded(plain("L", 9, (2001, 1000)), "PNG"), "2001 x 1000 pixels are more than the limit of 2,000,000"),
    ],
)
def test_what_cannot_be_used_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnusableError, match=reason):
        decode(data, max_pixels=2_000_000)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 30_000])
def test_a_bomb_is_not_decoded(side: int) -> None:
    tiny = bytearray(encoded(plain("1", 0, (16, 16)), "BMP"))
    tiny[18:26] = side.to_bytes(4, "little") * 2
    with pytest.raises(UnusableError, match="limit"):
        decode(bytes(tiny), max_pixels=LIMIT)


@pytest.mark.parametrize("count", [2304, 64, 100, 9216])
def test_lists_of_pixels_become_faces(count: int) -> None:
    assert (parse_pixels(" ".join(["17"] * count)).fitted(FER) == 17).all()


def test_a_list_of_48x48_pixels_is_kept_row_by_row() -> None:
    np.testing.assert_array_equal(parse_pixels(" ".join(map(str, FACE.ravel()))).fitted(FER), FACE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no square"),
        ("1 2 3", "3 pixels make no square"),
        ("1 2 3 256", "outside 0 to 255"),
        ("1 2 3 -1", "outside 0 to 255"),
        ("1 2 x 4", "whole numbers"),
        ("1 2 3.5 4", "whole numbers"),
    ],
)
def test_lists_that_are_no_picture_say_why(text: str, reason: str) -> None:
    with pytest.raises(UnusableError, match=reason):
        parse_pixels(text)
