"""Deletion and insertion on a network whose right answer is known: it answers with the brightness of one corner."""

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain.faithfulness import area, as_shown, compare, random_maps, summarise
from fer_core.runs.records import Calibration

CORNER = (slice(0, 24), slice(0, 24))


def corner_answers(faces: np.ndarray) -> np.ndarray:
    bright = faces[:, *CORNER].mean(axis=(1, 2)) / 255
    return np.stack([bright, 1 - bright], axis=1)


def bright_corner() -> np.ndarray:
    face = np.zeros((48, 48), np.uint8)
    face[CORNER] = 255
    return face


def heat(*, right: bool) -> np.ndarray:
    made = np.zeros((48, 48), np.float32)
    made[CORNER] = 1
    return made if right else 1 - made


@pytest.mark.parametrize(
    ("right", "deletion", "insertion"),
    [
        # The corner is a quarter of the pixels, its mean 255 and the face's 64: after a quarter 0.25 is left of 1.0.
        (True, [1.0, 0.251, 0.251, 0.251, 0.251], [None, 1.0, 1.0, 1.0, 1.0]),
        (False, [1.0, 1.0, 1.0, 1.0, 0.251], [None, None, None, None, 1.0]),
    ],
)
def test_curves_of_a_right_and_a_wrong_map(right, deletion, insertion):
    made = compare(corner_answers, bright_corner()[None], heat(right=right)[None], np.array([0]), grain=(2, 2), steps=4)
    assert made.changed.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert made.deletion[0] == pytest.approx(deletion, abs=1e-3)
    expected = [found if wanted is None else wanted for found, wanted in zip(made.insertion[0], insertion, strict=True)]
    assert made.insertion[0] == pytest.approx(expected)
    # A wrong map leaves the blurred corner as it is until the last quarter.
    assert (made.insertion[0, 1:4] == 1).all() == right
    assert made.random_deletion.shape == made.random_insertion.shape == (1, 5, 5)


def test_a_right_map_beats_random_ones_and_a_wrong_one_does_not():
    faces, targets = np.repeat(bright_corner()[None], 4, axis=0), np.zeros(4, np.int64)
    maps = np.stack([heat(right=True)] * 3 + [heat(right=False)])
    deletion, insertion = summarise(compare(corner_answers, faces, maps, targets, grain=(6, 6), steps=8, randoms=3))
    for kind in (deletion, insertion):
        assert (kind.n, kind.better) == (4, 3)
        assert kind.better_interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
        assert kind.gain[1] <= kind.gain[0] <= kind.gain[2]
    assert deletion.area[0] - deletion.random[0] == pytest.approx(-deletion.gain[0])
    assert insertion.area[0] - insertion.random[0] == pytest.approx(insertion.gain[0])


def test_the_interval_of_one_face_is_not_defined():
    made = compare(corner_answers, bright_corner()[None], heat(right=True)[None], np.array([0]), grain=(2, 2), steps=4)
    assert np.isnan(summarise(made)[0].area[1:]).all()


@pytest.mark.parametrize(("curve", "expected"), [([1, 1, 1], 1), ([1, 0.5, 0], 0.5), ([1, 0, 0], 0.25), ([0, 0, 1], 0.25)])
def test_area_by_trapezia(curve, expected):
    assert area(np.array([0, 0.5, 1]), np.array(curve, float)) == pytest.approx(expected)


def test_progress_and_seed():
    said: list[float] = []

    def told(share: float, text: str) -> None:
        said.append(share)

    face, maps = np.repeat(bright_corner()[None], 2, axis=0), np.zeros((2, 48, 48), np.float32)
    made = [
        compare(corner_answers, face, maps, np.array([0, 1]), grain=(3, 3), steps=2, randoms=1, progress=told) for _ in range(2)
    ]
    assert said == [0.25, 0.5, 0.75, 1] * 2
    assert (made[0].random_deletion == made[1].random_deletion).all()


def test_random_maps_have_the_grain_of_the_map():
    coarse, fine = (random_maps(1, grain, np.random.default_rng(0))[0] for grain in ((6, 6), (48, 48)))
    # Neighbouring pixels of a 6x6 map are nearly alike, those of a 48x48 one have nothing in common.
    assert np.abs(np.diff(coarse, axis=1)).mean() < 0.1 < np.abs(np.diff(fine, axis=1)).mean()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"faces": np.zeros((1, 48, 48))}, "uint8"),
        ({"faces": np.zeros((0, 48, 48), np.uint8)}, "at least one face"),
        ({"maps": np.zeros((2, 48, 48), np.float32)}, "one saliency map and one target per face"),
        ({"steps": 1}, "2 steps"),
        ({"randoms": 0}, "1 random map"),
    ],
)
def test_wrong_arguments(change, said):
    given = {"faces": bright_corner()[None], "maps": heat(right=True)[None], "targets": np.array([0]), "grain": (2, 2)} | change
    with pytest.raises(InputError, match=said):
        compare(corner_answers, **given)


class Mirroring:
    """Answers 1 for a face as it is, 0 where its mirror image is averaged in."""

    def __init__(self) -> None:
        self.calibration = Calibration(temperature=2, flip=True)

    def logits(self, faces: np.ndarray) -> np.ndarray:
        return np.full((len(faces), 2), 0.0 if self.calibration.flip else 1.0)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return logits / self.calibration.temperature


def test_answers_are_those_for_the_face_itself():
    predictor = Mirroring()
    assert as_shown(predictor)(bright_corner()[None]).tolist() == [[0.5, 0.5]]
    assert predictor.calibration.flip
