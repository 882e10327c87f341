"""Where eyes and mouth lie in a face that is cropped already."""

import numpy as np
import pytest

from fer_core.datasets.synthetic import draw_face
from fer_core.photos.places import eyes_and_mouth


@pytest.fixture(scope="module")
def face():
    return draw_face(3, "happy", 0.6)


@pytest.mark.parametrize(("down", "across"), [(0, 0), (24, 0), (-16, 12)])
def test_eyes_and_mouth_move_with_the_face(face, down, across):
    first = eyes_and_mouth(face)
    moved = eyes_and_mouth(np.roll(face, (down, across), axis=(0, 1)))
    assert first["eyes"][1] + 10 < first["mouth"][1]
    for name in ("eyes", "mouth"):
        # 192 pixels of the drawing are 48 of the frame.
        assert moved[name] == pytest.approx((first[name][0] + across / 4, first[name][1] + down / 4), abs=2)


def test_where_there_is_no_face_nothing_is_said():
    assert eyes_and_mouth(np.full((48, 48), 128, np.uint8)) == {}
