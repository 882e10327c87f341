"""Numbers about a data set."""

import math

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.meta import DatasetMeta
from fer_core.datasets.statistics import apart, class_balance, count, imbalance_ratio, majority, mean_faces, measures, stretched
from fer_core.errors import InputError, NotFoundError

META = DatasetMeta(
    name="x",
    classes=("fear", "happy"),
    counts={"train": {"fear": 1, "happy": 3}, "validation": {"fear": 0, "happy": 0}, "test": {"fear": 2, "happy": 2}},
    n=8,
    fingerprint="0" * 16,
    kind="csv",
    source="x.csv",
    created="2024-01-01T00:00:00+00:00",
)


def test_class_balance() -> None:
    assert list(class_balance(META).itertuples(index=False, name=None)) == [
        ("train", "fear", 1, 0.25),
        ("train", "happy", 3, 0.75),
        ("validation", "fear", 0, 0.0),
        ("validation", "happy", 0, 0.0),
        ("test", "fear", 2, 0.5),
        ("test", "happy", 2, 0.5),
    ]


@pytest.mark.parametrize(
    ("counts", "ratio"), [({"a": 3, "b": 1}, 3.0), ({"a": 5, "b": 5}, 1.0), ({"a": 5, "b": 0, "c": 2}, 2.5), ({"a": 7}, 1.0)]
)
def test_imbalance_ratio(counts: dict[str, int], ratio: float) -> None:
    assert imbalance_ratio(counts) == ratio


def test_the_imbalance_of_nothing_is_no_number() -> None:
    assert math.isnan(imbalance_ratio({"a": 0}))


@pytest.mark.parametrize(("counts", "expected"), [({"a": 1, "b": 3}, ("b", 0.75)), ({"a": 2, "b": 2}, ("a", 0.5))])
def test_majority(counts: dict[str, int], expected: tuple[str, float]) -> None:
    assert majority(counts) == expected


@pytest.mark.parametrize("counts", [{}, {"a": 0}])
def test_there_is_no_majority_of_nothing(counts: dict[str, int]) -> None:
    with pytest.raises(InputError, match="at least one sample"):
        majority(counts)


def test_measures_are_those_of_numpy_and_opencv() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2100, 48, 48), dtype=np.uint8)
    images[0] = 90
    table = measures(images)
    assert {str(kind) for kind in table.dtypes} == {"float32"}
    assert table.iloc[0].tolist() == [90.0, 0.0, 0.0]
    for row in (1, 2099):
        expected = [images[row].mean(), images[row].std(), cv2.Laplacian(images[row], cv2.CV_64F).var()]
        np.testing.assert_allclose(table.iloc[row], expected, rtol=1e-4)


def test_mean_faces_are_rounded_means() -> None:
    images = np.stack([np.full((48, 48), grey, np.uint8) for grey in (10, 20, 31, 200)])
    faces = mean_faces(images, pd.Series(["a", "a", "a", "b"]), ("a", "b", "c"))
    assert {name: np.unique(face).tolist() for name, face in faces.items()} == {"a": [20], "b": [200]}


def test_counts_hold_zeros_too() -> None:
    samples = pd.DataFrame({"split": ["train", "train", "test"], "label": ["a", "a", "b"]})
    assert count(samples, ("a", "b"), ("train", "test")) == {"train": {"a": 2, "b": 0}, "test": {"a": 0, "b": 1}}


def test_a_class_without_a_mean_face_says_so() -> None:
    with pytest.raises(NotFoundError, match="no class 'sad'"):
        META.mean_face("sad")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (stretched, [[[0, 64], [64, 64]], [[64, 64], [64, 255]]]),
        (apart, [[[86, 128], [128, 1]], [[170, 128], [128, 255]]]),
    ],
)
def test_pictures_are_spread_by_one_gain_for_all(function, expected):
    faces = [np.array([[100, 120], [120, 120]], np.uint8), np.array([[120, 120], [120, 180]], np.uint8)]
    shown = function(faces)
    assert [face.dtype for face in shown] == [np.uint8, np.uint8]
    assert [face.tolist() for face in shown] == expected


@pytest.mark.parametrize("function", [stretched, apart])
def test_pictures_without_contrast_stay_whole(function):
    assert function([]) == []
    assert len(set(np.unique(function([np.full((2, 2), 90, np.uint8)])))) == 1
