"""The nearest training faces among features whose angles are known."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.explain.neighbours import all_neighbours, nearest_faces, nearest_training_faces

# Directions in degrees; the lengths must not matter.
ANGLES, LENGTHS = [0, 60, 90, 10, 180, 0, 5], [1, 2, 3, 1, 5, 4, 2]
FEATURES = np.array([[n * np.cos(np.radians(a)), n * np.sin(np.radians(a))] for a, n in zip(ANGLES, LENGTHS, strict=True)], "f2")
SAMPLES = pd.DataFrame(
    {
        "label": ["happy", "happy", "fear", "sad", "fear", "happy", "happy"],
        "split": ["test", "train", "train", "train", "train", "train", "validation"],
        "hash": ["a", "b", "c", "d", "e", "a", "g"],
        # Five bits apart and more; near copies are told by signatures a few bits apart, sample 3 is one of sample 0.
        "signature": np.array([0, 2**30 - 1, 2**45 - 1, 1, 2**63 - 1, 0, 2**20 - 1], np.uint64),
    }
)


@pytest.mark.parametrize(
    ("count", "classes", "samples", "distances", "copies"),
    [
        (9, None, [5, 3, 1, 2, 4], [0, 0.0152, 0.5, 1, 2], [True, True, False, False, False]),
        (2, None, [5, 3], [0, 0.0152], [True, True]),
        (3, ["happy", "fear"], [5, 1, 2], [0, 0.5, 1], [True, False, False]),
    ],
)
def test_nearest(count, classes, samples, distances, copies):
    found = nearest_training_faces(FEATURES, SAMPLES, 0, count=count, classes=classes)
    assert found["sample"].tolist() == samples
    assert found["label"].tolist() == SAMPLES["label"].iloc[samples].tolist()
    assert found["distance"].tolist() == pytest.approx(distances, abs=1e-3)
    assert found["copy"].tolist() == copies


def test_a_training_face_is_not_its_own_neighbour():
    assert nearest_training_faces(FEATURES, SAMPLES, 3)["sample"].tolist() == [5, 1, 2, 4]


def test_those_of_every_face_are_those_of_each():
    every = all_neighbours(FEATURES, SAMPLES, count=3, classes=["happy", "fear"])
    assert every.samples.shape == (7, 3)
    for sample in (0, 3, 6):
        found, alone = (
            every.of(sample, SAMPLES),
            nearest_training_faces(FEATURES, SAMPLES, sample, count=3, classes=["happy", "fear"]),
        )
        pd.testing.assert_frame_equal(found, alone, check_dtype=False, atol=2e-3)


@pytest.mark.parametrize(
    ("features", "sample", "classes", "said"),
    [
        (FEATURES[:4], 0, None, "features for 7 faces"),
        (FEATURES, 7, None, "one of 0 to 6"),
        (FEATURES, 0, ["surprise"], "no training face"),
    ],
)
def test_wrong_arguments(features, sample, classes, said):
    with pytest.raises(InputError, match=said):
        nearest_training_faces(features, SAMPLES, sample, classes=classes)


def test_the_nearest_among_any_faces():
    among = np.array([True, True, False, True, True, True, True])
    assert nearest_faces(FEATURES, SAMPLES, 0, among=among, count=3)["sample"].tolist() == [5, 6, 3]
    assert nearest_faces(FEATURES, SAMPLES, 0, among=np.arange(7) == 0, count=3).empty
