"""Frames and labels are where the faces are, inside the picture, and cover no other label."""

import numpy as np
import pytest
from PIL import Image, ImageFont

from fer_core.errors import InputError
from fer_core.photos.annotation import Mark, _extent, _ink, _meet, _places, annotate


def test_a_small_photo_is_enlarged_and_framed() -> None:
    made = annotate(np.zeros((200, 400, 3), np.uint8), [Mark((100, 60, 50, 80), "1 Happy 93%", "#E69F00")])
    assert made.shape == (600, 1200, 3)
    ink = (made == (0xE6, 0x9F, 0x00)).all(axis=2)
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    # The box is at x 300 to 450, y 180 to 420, three times enlarged; the label of some 55 pixels stands above it.
    assert rows[-1] == pytest.approx(420, abs=4)
    assert columns[0] == pytest.approx(300, abs=4)
    assert rows[0] == pytest.approx(180 - 55, abs=15)
    assert ink[300, 300 - 4 : 300 + 4].any()
    assert ink[300, 450 - 4 : 450 + 4].any()
    assert not ink[300, 310:440].any()


def test_a_large_photo_keeps_its_size_and_is_not_changed() -> None:
    photo = np.full((1500, 900, 3), 77, np.uint8)
    before = photo.copy()
    assert annotate(photo, []).shape == (1500, 900, 3)
    assert (annotate(photo, []) == 77).all()
    annotate(photo, [Mark((10, 10, 90, 90), "1", "#0072B2")])
    np.testing.assert_array_equal(photo, before)


@pytest.mark.parametrize(
    "boxes",
    [
        [(40 + 140 * n, 300, 170 + 140 * n, 460) for n in range(8)],
        [(0, 0, 1199, 799)],
        [(0, 0, 100, 130), (1100, 0, 1199, 130), (0, 670, 100, 799), (1100, 670, 1199, 799)],
        [(300, 300, 500, 500), (320, 310, 520, 510)],
    ],
    ids=["a row of eight", "the whole picture", "corners", "one behind the other"],
)
def test_labels_stay_inside_and_apart(boxes: list[tuple[int, int, int, int]]) -> None:
    extents = [_extent(ImageFont.load_default(size=30), f"{n} Surprise 100%") for n in range(len(boxes))]
    places, crowded = _places(extents, boxes, (1200, 800))
    assert not crowded
    for number, place in enumerate(places):
        assert place[0] >= 0
        assert place[1] >= 0
        assert place[2] < 1200
        assert place[3] < 800
        assert not any(_meet(place, other) for other in places[:number])


def test_a_crowd_is_said() -> None:
    assert _places([(300, 40)] * 9, [(500, 300, 540, 340)] * 9, (1200, 800))[1]


@pytest.mark.parametrize(
    ("ground", "ink"), [("#E69F00", "black"), ("#56B4E9", "black"), ("#332288", "white"), ("#0072B2", "white")]
)
def test_letters_stand_out(ground: str, ink: str) -> None:
    assert _ink(ground) == ink


def test_it_must_be_a_photo() -> None:
    with pytest.raises(InputError, match=r"\(H, W, 3\) uint8 RGB; got \(9, 9\) uint8"):
        annotate(np.zeros((9, 9), np.uint8), [])


def test_it_can_be_saved() -> None:
    made = annotate(np.full((30, 24, 3), 255, np.uint8), [Mark((0, 0, 24, 30), "1 Fear? 31%", "#CC79A7")])
    assert Image.fromarray(made).size == (960, 1200)
