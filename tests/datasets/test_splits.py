"""Words for splits, and the cut of validation from train."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.splits import cut_validation, split_of


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "validation"),
        ("valid", "validation"),
        ("validation", "validation"),
        ("test", "test"),
        ("PublicTest", "test"),
        ("Private_Test", "test"),
        ("private test", "test"),
        ("happy", None),
        ("", None),
        ("test_set", "test"),
        ("Test Images", "test"),
        ("fer2013_test", "test"),
        ("test1", "test"),
        ("testing", "test"),
        ("testset", "test"),
        ("val_set", "validation"),
        ("FER2013Valid", "validation"),
        ("FER2013Train", "train"),
        ("trainingSet2", "train"),
        ("train-00000-of-00001.parquet", "train"),
        ("contest", None),
        ("valence", None),
        ("retrained", None),
        ("attest", None),
        ("train_test_split", None),
    ],
)
def test_words(word: str, split: str | None) -> None:
    assert split_of(word) == split


def frame(labels: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [(label, f"{label}{number}") for label, n in labels.items() for number in range(n)], columns=["label", "hash"]
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"happy": 100, "fear": 40}, {"happy": 10, "fear": 4}),
        ({"happy": 436}, {"happy": 44}),
        ({"happy": 3, "fear": 2}, {"happy": 1, "fear": 1}),
        ({"happy": 1}, {}),
        ({}, {}),
    ],
)
def test_a_tenth_of_each_class(labels: dict[str, int], expected: dict[str, int]) -> None:
    samples = frame(labels)
    assert samples[cut_validation(samples)]["label"].value_counts().to_dict() == expected


def test_identical_pictures_stay_together_even_with_different_labels() -> None:
    generator = np.random.default_rng(3)
    samples = pd.DataFrame(
        {"label": generator.choice(["a", "b"], 600), "hash": [f"{n:04d}" for n in generator.integers(0, 250, 600)]}
    )
    cut = cut_validation(samples, seed=5)
    assert not set(samples["hash"][cut]) & set(samples["hash"][~cut])
    assert 50 <= cut.sum() <= 62


def test_a_class_of_one_picture_many_times_stays_in_train() -> None:
    assert not cut_validation(pd.DataFrame({"label": ["a"] * 30, "hash": ["same"] * 30})).any()


def test_the_seed_decides_and_the_order_does_not() -> None:
    samples = frame({"happy": 200, "fear": 100})
    chosen = set(samples["hash"][cut_validation(samples, seed=1)])
    turned = samples.iloc[::-1].reset_index(drop=True)
    assert set(turned["hash"][cut_validation(turned, seed=1)]) == chosen
    assert set(samples["hash"][cut_validation(samples, seed=2)]) != chosen
