import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import audit as audits
from fer_core.datasets import duplicates, store, writing
from fer_core.datasets.audit import audit, kept_audit
from fer_core.errors import InputError

CLASSES = ("angry", "happy", "sad")


def smooth(seed: int) -> np.ndarray:
    """A picture of random smooth light, mean 128, deviation about 50, sharper than the limit of blur."""
    draw = np.random.default_rng(seed)
    coarse = draw.normal(0, 50, (12, 12)).repeat(4, 0).repeat(4, 1)
    return np.clip(128 + coarse, 0, 255).astype(np.uint8)


@pytest.fixture
def dataset(workspace):
    """One of everything: see the comments beside the rows."""
    near = smooth(2).copy()
    near[0, 0] ^= 1
    rows = [
        (smooth(0), "angry", "train"),  # 0, 1, 2: copies, across splits, 2 under another label
        (smooth(0), "angry", "test"),
        (smooth(0), "happy", "test"),
        (smooth(1), "sad", "validation"),  # 3, 4: copies within train and validation
        (smooth(1), "sad", "train"),
        (smooth(2), "happy", "train"),  # 5, 6: nearly the same
        (near, "happy", "test"),
        (np.full((48, 48), 7, np.uint8), "sad", "train"),  # 7: blank
        (smooth(3) // 8, "sad", "train"),  # 8: dark, and of low contrast
        (255 - smooth(4) // 5, "sad", "train"),  # 9: bright, and of low contrast
        (np.tile(np.arange(48, dtype=np.uint8) * 4, (48, 1)), "sad", "train"),  # 10: blurred
    ]
    table = pd.DataFrame({"label": [row[1] for row in rows], "split": [row[2] for row in rows]})
    return writing.write_dataset("Mixed", np.stack([row[0] for row in rows]), table, classes=CLASSES, kind="csv", source="made")


def test_the_answer_counts_everything_once(dataset):
    found = audit(dataset).to_dict()
    assert found["images"] == 11
    assert found["exact_duplicates"] == {"groups": 2, "extra_copies": 3}
    assert found["cross_split"] == {
        "train/validation": 1,
        "train/test": 2,
        "validation/train": 1,
        "validation/test": 0,
        "test/train": 1,
        "test/validation": 0,
    }
    assert found["conflicting_labels"] == {"groups": 1, "images": 3}
    assert found["near_duplicates"] == {"pairs": 1, "distance": 4}
    assert found["suspects"] is None
    assert found["faceless"] is None


@pytest.mark.parametrize(
    ("issue", "samples"),
    [("blank", [7]), ("too_dark", [8]), ("too_bright", [9]), ("low_contrast", [8, 9]), ("blurred", [10])],
)
def test_pictures_that_show_too_little(dataset, issue, samples):
    assert sorted(audit(dataset).flagged[issue]["sample"]) == samples


def test_of_copies_the_one_in_test_is_kept(dataset):
    assert audit(dataset).extra_copies["sample"].tolist() == [2, 0, 4]


def test_near_pairs_name_samples_and_can_be_narrowed(dataset):
    found = audit(dataset)
    pair = found.near_within(8).iloc[0]
    assert (pair["first"], pair["second"]) == (5, 6)
    assert found.near_within(8, nearest=int(pair["distance"]) + 1).empty


def test_an_unknown_direction_is_refused(dataset):
    with pytest.raises(InputError, match="got 'train' and 'final'"):
        audit(dataset).crossing("train", "final")


@pytest.mark.parametrize("damage", [b"", b"PK no archive", None])
def test_it_is_kept_and_a_damaged_file_is_made_again(dataset, damage, monkeypatch):
    first = audit(dataset)
    file = next((dataset.path / "audit").iterdir())
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert kept_audit(dataset) is None
    assert audit(dataset).to_dict() == first.to_dict()
    monkeypatch.setattr(audits, "_search", lambda *_: pytest.fail("a kept audit was made again"))
    again = audit(dataset)
    pd.testing.assert_frame_equal(again.copies, first.copies)
    pd.testing.assert_frame_equal(again.near, first.near)


@pytest.mark.parametrize("farthest", [0, 2, 4, 8])
def test_near_pairs_are_those_that_comparing_all_finds(farthest):
    draw = np.random.default_rng(0)
    centres = draw.integers(0, 2**63, 40, dtype=np.uint64)
    flips = np.array(
        [sum(1 << int(bit) for bit in draw.choice(64, draw.integers(0, 9), replace=False)) for _ in range(400)], object
    )
    signatures = np.array([int(centre) ^ int(flip) for centre, flip in zip(centres.repeat(10), flips, strict=True)], np.uint64)
    distance = np.bitwise_count(signatures[:, None] ^ signatures[None, :])
    expected = {(i, j) for i, j in zip(*np.nonzero(distance <= farthest), strict=True) if i < j}
    pairs, complete = duplicates.near_pairs(signatures, farthest=farthest)
    assert set(zip(pairs["first"], pairs["second"], strict=True)) == expected
    assert len(pairs) == len(expected)
    assert complete == farthest
    assert pairs["distance"].tolist() == [distance[i, j] for i, j in zip(pairs["first"], pairs["second"], strict=True)]


@pytest.mark.parametrize(("most", "complete", "kept"), [(10, 8, 7), (4, 0, 3), (2, -1, 0)])
def test_too_many_pairs_leave_out_whole_distances(most, complete, kept):
    # Three equal ones make three pairs at 0 bits, and one more, a bit away, three at 1 bit; a last pair is one bit apart.
    signatures = np.array([0, 0, 0, 1, 2**40 + 2**50 + 2**60 + 0xFFF, 2**40 + 2**50 + 2**60 + 0x7FF], np.uint64)
    pairs, found = duplicates.near_pairs(signatures, most=most)
    assert (found, len(pairs)) == (complete, kept)


def test_a_distance_beyond_the_search_is_refused():
    with pytest.raises(InputError, match="0 to 8 bits; got 9"):
        duplicates.near_pairs(np.zeros(2, np.uint64), farthest=9)


@pytest.mark.usefixtures("workspace")
def test_figures_of_fer2013(shared):
    """Of the real archive; the pictures are read, no network is."""
    from fer_core.datasets.importer import import_source
    from fer_core.labels import SEVEN

    import_source(shared / "data" / "fer2013.zip", "FER2013", classes=SEVEN)
    found = audit(store.open_dataset("FER2013")).to_dict()
    assert found["images"] == 32298
    assert found["exact_duplicates"] == {"groups": 1273, "extra_copies": 1532}
    assert found["cross_split"]["train/test"] + found["cross_split"]["validation/test"] == 280
    assert found["conflicting_labels"]["groups"] == 47
    assert found["blank"]["images"] == 14
    assert found["near_duplicates"]["pairs"] == 745
