"""Photos of the alignment benchmark; what it measures is measured elsewhere."""

import numpy as np
import pytest

from benchmarks import alignment


def test_each_face_lies_in_the_middle_of_its_place():
    faces = np.stack([np.full((48, 48), 30 * (number + 1), np.uint8) for number in range(7)])
    photo, laid = alignment.compose(faces, 2.0, np.zeros(8))
    assert photo.shape == (480, 640, 3)
    assert photo[[120, 120, 360], [80, 240, 400], 0].tolist() == [30, 60, 210]
    assert (photo[240:, 480:] == 128).all()
    assert [(matrix @ (23.5, 23.5, 1)).tolist() for matrix in laid[:5:4]] == [[80, 120], [80, 360]]


@pytest.mark.parametrize(
    ("box", "place"), [((60, 100, 100, 140, 0.9), 0), ((500, 20, 600, 120, 0.9), 3), ((170, 300, 260, 420, 0.9), 5)]
)
def test_a_box_belongs_to_the_place_of_its_middle(box, place):
    assert alignment.place_of(np.array(box, np.float32)) == place
