"""Labels that votes give."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.crowd import favourites, learnable, vote_shares
from fer_core.errors import InputError

CLASSES = ("angry", "happy", "neutral")
NAMES = ("angry", "happy", "sad", "neutral", "unknown", "nf")
ROWS = [
    # votes, the crowd's favourite among the classes, the class that counts the face for learning
    ((0, 10, 0, 0, 0, 0), "happy", "happy"),
    ((4, 0, 3, 3, 0, 0), "angry", "angry"),
    ((5, 0, 0, 5, 0, 0), None, "angry"),
    ((0, 0, 0, 5, 5, 0), None, "neutral"),
    ((0, 0, 0, 4, 0, 6), None, "neutral"),
    ((1, 0, 9, 0, 0, 0), None, "angry"),
    ((0, 0, 10, 0, 0, 0), None, None),
    ((0, 0, 0, 0, 0, 0), None, None),
]


@pytest.fixture
def samples() -> pd.DataFrame:
    counts = pd.DataFrame([votes for votes, _, _ in ROWS], columns=[f"votes_{name}" for name in NAMES], dtype="int8")
    return counts.assign(id=range(len(ROWS)), label="happy")


def test_a_favourite_is_shared_with_nobody(samples: pd.DataFrame) -> None:
    expected = [(number, name) for number, (_, name, _) in enumerate(ROWS) if name]
    kept = favourites(samples, CLASSES)
    assert list(zip(kept["id"], kept["label"], strict=True)) == expected


def test_all_faces_with_a_vote_for_a_class_are_learned(samples: pd.DataFrame) -> None:
    expected = [(number, name) for number, (_, _, name) in enumerate(ROWS) if name]
    kept = learnable(samples, CLASSES)
    assert list(zip(kept["id"], kept["label"], strict=True)) == expected


def test_shares_are_of_all_votes(samples: pd.DataFrame) -> None:
    shares = vote_shares(samples, (*CLASSES, "fear"))
    assert shares.dtype == np.float32
    np.testing.assert_allclose(shares[[1, 4, 5, 7]], [[0.4, 0, 0.3, 0], [0, 0, 0.4, 0], [0.1, 0, 0, 0], [0, 0, 0, 0]], rtol=1e-6)


def test_without_votes_there_is_no_favourite() -> None:
    with pytest.raises(InputError, match=r"^These samples have no votes; import .*, or take the labels as imported\.$"):
        favourites(pd.DataFrame({"label": ["happy"]}), CLASSES)
