"""Faces taken from one size and colour into another."""

import numpy as np
import pytest
from PIL import Image

from fer_core.errors import InputError
from fer_core.photos.frame import FER, Frame, converted, frame_of, frame_of_input, luma, with_channels

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 90, 90)


@pytest.mark.parametrize(("colour", "level"), [(RED, 76), (GREEN, 150), (BLUE, 29), (GREY, 90)])
def test_colour_becomes_luma(colour: tuple, level: int) -> None:
    assert (luma(np.full((2, 5, 5, 3), colour, np.uint8)) == level).all()
    faces = np.full((2, 64, 64, 3), colour, np.uint8)
    assert (converted(faces, FER) == level).all()


def test_luma_is_what_pillow_calls_grey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 50, 50, 3), dtype=np.uint8)
    expected = np.stack([np.asarray(Image.fromarray(face).convert("L")) for face in pixels])
    np.testing.assert_array_equal(luma(pixels), expected)


def test_grey_is_repeated_and_the_frame_there_is_kept() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    coloured = converted(faces, Frame(48, "rgb"))
    assert coloured.shape == (4, 48, 48, 3)
    assert (coloured == faces[..., None]).all()
    assert converted(faces, FER) is faces
    np.testing.assert_array_equal(converted(coloured, FER), faces)


def test_shrinking_averages_areas() -> None:
    faces = np.random.default_rng(2).integers(0, 256, (3, 96, 96, 3), dtype=np.uint8)
    blocks = faces.reshape(3, 48, 2, 48, 2, 3).mean(axis=(2, 4))
    assert np.abs(converted(faces, Frame(48, "rgb")) - blocks).max() <= 0.5


def test_one_level_stays_that_level_when_enlarged() -> None:
    assert (converted(np.full((1, 48, 48), 77, np.uint8), Frame(224, "rgb")) == 77).all()


@pytest.mark.parametrize(
    ("shape", "frame"), [((2, 48, 48), FER), ((0, 100, 100, 3), Frame(100, "rgb")), ((1, 224, 224), Frame(224))]
)
def test_the_frame_of_faces(shape: tuple, frame: Frame) -> None:
    assert frame_of(np.zeros(shape, np.uint8)) == frame
    assert with_channels(np.zeros(shape, np.uint8)).shape[-1] == frame.channels


@pytest.mark.parametrize("shape", [(48, 48), (1, 48, 48, 1), (1, 48, 50), (1, 47, 47), (1, 225, 225), (1, 64, 64, 4)])
def test_what_is_no_face_is_refused(shape: tuple) -> None:
    with pytest.raises(InputError, match="48 to 224"):
        frame_of(np.zeros(shape, np.uint8))
    with pytest.raises(InputError, match="float64"):
        frame_of(np.zeros((1, 48, 48)))


@pytest.mark.parametrize(("size", "colour"), [(47, "grey"), (225, "rgb"), (64, "blue")])
def test_no_other_frames(size: int, colour: str) -> None:
    with pytest.raises(InputError, match=str(size if colour != "blue" else colour)):
        Frame(size, colour)


@pytest.mark.parametrize(
    ("shape", "frame"), [((48, 48, 1), FER), ((112, 112, 3), Frame(112, "rgb")), ((48, 48, 2), None), ((32, 32, 3), None)]
)
def test_the_frame_of_a_network(shape: tuple, frame: Frame | None) -> None:
    assert frame_of_input(shape) == frame
