"""The face of a picture with one label: the largest or the one in a box, set upright, framed as FER2013 frames its faces."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.datasets.synthetic import draw_face
from fer_core.photos.cropping import Crop, crop_face, one_core_each
from fer_core.photos.frame import FER, converted_one, resized
from fer_core.photos.reading import read_photo

ASTRONAUT = Path(__file__).parents[1] / "fixtures" / "astronaut.jpg"
ACROSS = 119
"""Pixels of the portrait that a FER2013 frame around its face covers."""


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return read_photo(ASTRONAUT.read_bytes(), name=ASTRONAUT.name)


@pytest.fixture(scope="module")
def face(portrait: np.ndarray) -> np.ndarray:
    return found(crop_face(portrait, size=96)).pixels


def found(crop: Crop | None) -> Crop:
    assert crop is not None
    return crop


def scene(*laid: tuple[np.ndarray, int, int]) -> np.ndarray:
    """A grey-green scene of 640 x 480 with pictures at places (left, top)."""
    picture = np.full((480, 640, 3), (96, 128, 96), np.uint8)
    for part, left, top in laid:
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part if part.ndim == 3 else part[..., None]
    return picture


def scaled(picture: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two faces as 48x48 grey, -1 to 1."""
    grey = [converted_one(face, FER) for face in (one, other)]
    return float(np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1])


@pytest.mark.parametrize(("roll", "scale"), [(0, 1), (20, 1), (-40, 0.5), (90, 1), (180, 0.5), (0, 0.25)])
def test_the_crop_is_the_same_whatever_the_roll_and_size(
    portrait: np.ndarray, face: np.ndarray, roll: float, scale: float
) -> None:
    height, width = portrait.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), roll, 1)
    picture = scaled(cv2.warpAffine(portrait, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), scale)
    crop = found(crop_face(picture, size=96))
    assert likeness(crop.pixels, face) > 0.82
    assert crop.side == pytest.approx(ACROSS * scale, rel=0.08)


@pytest.mark.parametrize("size", [48, 64, 96])
def test_a_coarse_crop_is_as_sharp_as_a_fine_one_that_is_shrunk(portrait: np.ndarray, size: int) -> None:
    fine = found(crop_face(portrait, size=192)).pixels
    assert np.abs(found(crop_face(portrait, size=size)).pixels.astype(int) - resized(fine, size)).mean() < 0.6


def test_the_largest_face_is_taken_and_another_as_large_is_said(portrait: np.ndarray) -> None:
    large, small = portrait[:300, 60:360], scaled(portrait[:300, 60:360], 0.6)
    alone = found(crop_face(scene((large, 20, 20), (small, 400, 200))))
    assert (alone.rivals, alone.side) == (0, pytest.approx(ACROSS, rel=0.08))
    both = found(crop_face(scene((large, 10, 20), (scaled(large, 0.95), 330, 20))))
    assert both.rivals == 1


def test_the_face_in_the_box_is_taken_and_no_neighbour(portrait: np.ndarray, face: np.ndarray) -> None:
    small = scaled(portrait[:300, 60:360], 0.5)
    picture = scene((draw_face(3, "happy", 1.0, size=280), 20, 40), (small, 440, 100))
    box = (440 + 55, 100 + 25, 440 + 105, 100 + 90)
    crop = found(crop_face(picture, box=box, size=96))
    assert likeness(crop.pixels, face) > 0.85
    assert crop.side == pytest.approx(ACROSS / 2, rel=0.1)
    assert crop_face(picture, box=(560.0, 300.0, 630.0, 400.0)) is None, "beside every face there is none"


def test_a_drawn_face_is_found_and_an_empty_scene_has_none() -> None:
    crop = found(crop_face(scene((draw_face(7, "neutral", 0.0, size=300), 200, 100))))
    assert crop.side > 224
    assert crop.pixels.shape == (224, 224, 3), "no finer than faces are stored"
    assert crop_face(scene()) is None


def test_a_grey_picture_gives_a_grey_face(portrait: np.ndarray, face: np.ndarray) -> None:
    crop = found(crop_face(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), size=96))
    assert crop.pixels.shape == (96, 96)
    assert likeness(crop.pixels, face) > 0.85


def test_threads_find_the_same_and_the_number_of_cores_comes_back(portrait: np.ndarray) -> None:
    pictures = [scaled(portrait, factor) for factor in (0.4, 0.5, 0.6, 0.7)]
    before = cv2.getNumThreads()
    with one_core_each(), one_core_each(), ThreadPoolExecutor(4) as pool:
        assert cv2.getNumThreads() == 1
        together = list(pool.map(crop_face, pictures * 3))
    assert cv2.getNumThreads() == before
    for picture, crop in zip(pictures * 3, together, strict=True):
        np.testing.assert_array_equal(found(crop).pixels, found(crop_face(picture)).pixels)
