import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.lesson.neighbours import (
    among_features,
    likeness,
    nearest,
    neighbours_file,
    norms,
    read_neighbours,
    write_neighbours,
)

ANGLES = np.radians([0, 5, 12, 90, 97, 105, 1])
FEATURES = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float16) * np.float16(3)
SAMPLES = pd.DataFrame(
    {
        "id": range(7),
        "label": ["happy"] * 3 + ["sad"] * 3 + ["happy"],
        "hash": ["a", "b", "c", "d", "e", "f", "a"],  # the last is a copy of the first
        "signature": np.array([2**64 - 1, 0xFF, 0xFF00, 0xFF0000, 0xFF000000, 0xFF00000000, 2**64 - 1], np.uint64),
    }
)


def test_the_nearest_are_not_copies() -> None:
    lengths = norms(FEATURES)
    assert lengths == pytest.approx(np.full(7, 3.0), abs=0.01)
    ids, cosines = nearest(FEATURES, lengths, SAMPLES, [0, 4], count=2)
    assert ids.tolist() == [[1, 2], [3, 5]]
    assert cosines[0] == pytest.approx(np.cos(np.radians([5, 12])), abs=0.002)


def test_near_copies_are_left_out() -> None:
    samples = SAMPLES.assign(signature=[0, 0b1111, 2**20, 2**30 - 1, 2**40 - 1, 2**50 - 1, 2**63])
    samples["signature"] = samples["signature"].astype(np.uint64)
    # The second differs from the first in four bits of its signature, and the third in one.
    assert nearest(FEATURES, norms(FEATURES), samples, [0], count=1)[0].tolist() == [[3]]


def test_shares_beside_chance() -> None:
    found = likeness(among_features(FEATURES, SAMPLES), SAMPLES, ("angry", "happy", "sad"), count=2)
    assert found.table["class"].tolist() == ["happy", "sad"]
    assert found.table["n"].tolist() == [4, 3]
    # A copy has one neighbour of its class less, but two others remain; all neighbours of each are of its class.
    assert found.table["share"].tolist() == [1, 1]
    assert found.table["chance"].tolist() == pytest.approx([4 / 7, 3 / 7])
    assert (found.share, found.ci95, found.n) == (1, (1, 1), 7)
    assert found.chance == pytest.approx((16 + 9) / 49)


def test_kept_neighbours_answer_as_the_features_do(tmp_path) -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(20, 4)).astype(np.float16)
    signatures = draw.integers(0, 2**63, 20, dtype=np.uint64)
    samples = pd.DataFrame(
        {"label": ["happy", "sad"] * 10, "hash": [str(number) for number in range(20)], "signature": signatures}
    )
    file = tmp_path / "features" / "mine.npy"
    assert read_neighbours(file, 20) is None
    write_neighbours(features, samples, file)
    kept, found = read_neighbours(file, 20), among_features(features, samples)
    for count in (5, 6):
        assert kept([3, 0], count)[0].tolist() == found([3, 0], count)[0].tolist()
        assert kept([3, 0], count)[1] == pytest.approx(found([3, 0], count)[1], abs=1e-3)
    assert likeness(kept, samples, ("happy", "sad")).share == likeness(found, samples, ("happy", "sad")).share
    assert read_neighbours(file, 21) is None
    neighbours_file(file).write_bytes(b"PK")
    assert read_neighbours(file, 20) is None


def test_refuses_features_of_other_faces() -> None:
    with pytest.raises(InputError, match="7 faces; got 6"):
        nearest(FEATURES[:6], norms(FEATURES[:6]), SAMPLES, [0])
    with pytest.raises(InputError, match="more than 7"):
        nearest(FEATURES, norms(FEATURES), SAMPLES, [0], count=7)
