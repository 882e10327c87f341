"""Maps taken away: one picture with all of them, one file with their numbers."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from fer_core.errors import InputError
from fer_core.explain.saliency import Explanation
from fer_core.explain.sheet import arrays, png, sheet

TILE = np.full((60, 50, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("count", "columns", "width", "height"),
    # A tile takes 60 and 22 for its text and 8 between rows; below all come 30 for the scale. Across, 50 and 8, and 8 before.
    [(1, 5, 66, 120), (5, 5, 298, 120), (7, 3, 182, 300)],
)
def test_size_and_place_of_the_tiles(count, columns, width, height):
    made = sheet([("text", TILE)] * count, columns=columns)
    assert made.shape == (height, width, 3)
    assert (made[22:82, 8:58] == 90).all()
    assert Image.open(io.BytesIO(png(made))).size == (width, height)


def test_text_stays_above_its_own_picture():
    made = sheet([("a very long line of text that would not fit", TILE), ("", TILE)], columns=2)
    assert (made[:22, 8:58] < 128).any()
    assert (made[:22, 60:] == 255).all()


@pytest.mark.parametrize(("tiles", "columns"), [([], 3), ([("", TILE), ("", TILE[:20])], 3), ([("", TILE)], 0)])
def test_what_makes_no_sheet(tiles, columns):
    with pytest.raises(InputError, match="pictures of one size and at least one column"):
        sheet(tiles, columns=columns)


def test_numbers_can_be_read_back():
    heat = np.linspace(0, 1, 48 * 48, dtype=np.float32).reshape(48, 48)
    made = [Explanation(heat, "late", 1, "gradcam", (6, 6), False, 0), Explanation(heat / 2, "", 0, "occlusion", (12, 12), False)]
    content = np.load(
        io.BytesIO(arrays(made, np.zeros((2, 48, 48), np.uint8), classes=("fear", "happy"), samples=[7, 9], run="x"))
    )
    np.testing.assert_array_equal(content["maps"], [heat, heat / 2])
    assert content["maps"].dtype == np.float32
    assert content["target"].tolist() == ["happy", "fear"]
    assert content["against"].tolist() == ["fear", ""]
    assert content["layer"].tolist() == ["late", ""]
    assert content["sample"].tolist() == [7, 9]
    assert json.loads(content["about"].item()) == {"run": "x"}
