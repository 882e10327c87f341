"""The overlay shows the face where the map is 0 and the scale's colour where it is 1."""

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain.overlay import coloured, enlarged, overlay, scale_image, stretched

GREY = np.full((48, 48), 100, np.uint8)
ONE = np.ones((48, 48), np.float32)
TOP = (252, 255, 164)


@pytest.mark.parametrize(
    ("heat", "strength", "expected"),
    [
        (ONE * 0, 1.0, (100, 100, 100)),
        (ONE, 0.0, (100, 100, 100)),
        (ONE, 1.0, TOP),
        (ONE, 0.5, (176, 178, 132)),
        (ONE * 7, 1.0, TOP),
    ],
)
def test_overlay_blends(heat: np.ndarray, strength: float, expected: tuple[int, int, int]) -> None:
    picture = overlay(GREY, heat, strength=strength, side=96)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(picture[50, 50], expected, atol=1)


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3), (192, 192, 3), (900, 900, 3)])
def test_any_face_gives_a_square_of_the_side(shape: tuple[int, ...]) -> None:
    assert overlay(np.zeros(shape, np.uint8), ONE, strength=0.5).shape == (384, 384, 3)
    assert enlarged(np.zeros(shape, np.uint8), side=100).shape == (100, 100, 3)


def test_heat_lies_where_the_map_has_it() -> None:
    heat = np.zeros((48, 48), np.float32)
    heat[:24, :24] = 1
    picture = overlay(GREY, heat, strength=1, side=480).astype(int)
    changed = np.abs(picture - 100).sum(axis=2) > 30
    assert changed[:220, :220].all()
    assert not changed[260:, :].any()
    assert not changed[:, 260:].any()


def test_the_scale_grows_evenly_brighter() -> None:
    """Lightness rises with every step, so that the scale reads in grey and with any colour vision."""
    scale = scale_image(width=256, height=4)
    assert scale.shape == (4, 256, 3)
    lightness = scale[0].astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness) > -0.5).all()
    assert lightness[0] < 5
    assert lightness[-1] > 240
    np.testing.assert_array_equal(coloured(np.array([[0.0, 1.0]])), [[(0, 0, 4), TOP]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((GREY, ONE, 1.5, 384), "strength must be 0 to 1; got 1.5"),
        ((GREY, ONE, 0.5, 5), "side must be 16 to 4096 pixels; got 5"),
        ((GREY, ONE[None], 0.5, 384), r"A saliency map must be \(h, w\); got \(1, 48, 48\)"),
        ((GREY.astype(float), ONE, 0.5, 384), "float64"),
    ],
)
def test_wrong_arguments(arguments: tuple, message: str) -> None:
    face, heat, strength, side = arguments
    with pytest.raises(InputError, match=message):
        overlay(face, heat, strength=strength, side=side)


def test_a_pale_picture_gets_its_full_contrast():
    pale = np.tile(np.linspace(100, 150, 48).astype(np.uint8), (48, 1))
    made = stretched(pale)
    assert (made.min(), made.max()) == (0, 255)
    assert (np.diff(made[0].astype(int)) >= 0).all()
    assert (stretched(np.full((4, 4), 7, np.uint8)) == 7).all()
