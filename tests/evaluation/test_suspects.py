"""Suspected labels: out-of-fold probabilities, what is suspected, and what is kept."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import writing
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError, InputError
from fer_core.evaluation import out_of_fold, suspects

CLASSES = ("fear", "happy", "sad")
WRONG = (3, 31, 64)


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Three well separated clouds of 30 points each, and their numbers."""
    truth = np.repeat([0, 1, 2], 30)
    return np.random.default_rng(0).normal(size=(90, 6)) + 9 * np.eye(3, 6)[truth], truth


@pytest.fixture
def data(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """90 faces with planted features, three of them with a wrong label, and one class of two faces."""
    points, truth = planted()
    labels = [CLASSES[(number + (place in WRONG)) % 3] for place, number in enumerate(truth)] + ["angry"] * 2
    samples = pd.DataFrame({"label": labels, "split": np.where(np.arange(92) % 5 == 4, "test", "train")})
    images = np.random.default_rng(1).integers(0, 256, (92, 48, 48), dtype=np.uint8)
    made = np.vstack([points, np.zeros((2, 6))]).astype(np.float16)
    monkeypatch.setattr(suspects, "_features", lambda dataset, progress: made)
    return writing.write_dataset("Faces", images, samples, classes=("angry", *CLASSES), kind="folders", source="here")


@pytest.mark.parametrize(
    ("labels", "shares", "suspected", "scores"),
    [
        ([0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8]], [False] * 4, [0.9, 0.8, 0.9, 0.8]),
        (
            [0, 0, 0, 1, 1, 1],
            [[0.9, 0.1], [0.8, 0.2], [0.05, 0.95], [0.1, 0.9], [0.2, 0.8], [0.9, 0.1]],
            [False, False, True, False, False, True],
            [0.9, 0.8, 0.05, 0.9, 0.8, 0.1],
        ),
        ([0, 0, 1], [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]], [False] * 3, [0.75, 0.65, 0.85]),
        ([], np.zeros((0, 2)), [], []),
    ],
)
def test_confident_disagreement_is_suspected(labels: list, shares: list, suspected: list, scores: list) -> None:
    found, quality = suspects.judge(np.array(labels, np.int64), np.array(shares, np.float32))
    assert found.tolist() == suspected
    np.testing.assert_allclose(quality, scores, atol=1e-6)


@pytest.mark.parametrize(("labels", "shape"), [([0, 1], (3, 2)), ([0, 2], (2, 2)), ([-1, 0], (2, 2)), ([0], (1,))])
def test_what_does_not_fit_is_refused(labels: list, shape: tuple) -> None:
    with pytest.raises(InputError, match="must be"):
        suspects.judge(np.array(labels, np.int64), np.full(shape, 0.5, np.float32))


def test_copies_share_a_fold_and_every_fold_has_every_class() -> None:
    signatures = np.arange(60, dtype=np.uint64)
    signatures[40:50] = 7
    labels = np.arange(60) % 3
    folds = out_of_fold.assign_folds(signatures, labels)
    assert len(set(folds[signatures == 7])) == 1
    single = np.r_[:40, 50:60]
    assert pd.crosstab(labels[single], folds[single]).to_numpy().min() == 3
    assert set(folds) == set(range(out_of_fold.FOLDS))


def test_a_copy_does_not_vouch_for_a_label() -> None:
    draw = np.random.default_rng(0)
    points, labels = np.repeat(draw.normal(size=(60, 200)), 2, axis=0), np.repeat(draw.integers(0, 2, 60), 2)
    right = {}
    for name, signatures in (("apart", np.arange(120)), ("together", np.repeat(np.arange(60), 2))):
        folds = out_of_fold.assign_folds(signatures.astype(np.uint64), labels)
        shares = out_of_fold.out_of_fold_probabilities(points, labels, rows=np.arange(120), folds=folds, learn=np.ones(120, bool))
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
        right[name] = (shares.argmax(axis=1) == labels).mean()
    assert right["apart"] > 0.8
    assert right["together"] < 0.7


def test_labels_of_faces_that_are_only_judged_have_no_say() -> None:
    points, labels = planted()
    learn = np.arange(90) % 3 > 0
    folds = out_of_fold.assign_folds(np.arange(90, dtype=np.uint64), labels)
    changed = np.where(learn, labels, 0)
    first, second = (
        out_of_fold.out_of_fold_probabilities(points, given, rows=np.arange(90), folds=folds, learn=learn)
        for given in (labels, changed)
    )
    np.testing.assert_array_equal(first, second)


def test_wrong_labels_are_found(data: Dataset) -> None:
    said: list[float] = []
    found = suspects.suspects(data, progress=lambda share, text: said.append(share))
    assert said == sorted(said)
    assert sorted(found.table.loc[found.table["suspected"], "sample"]) == list(WRONG)
    assert sorted(found.table["sample"].head(3)) == list(WRONG)
    row = found.table.set_index("sample").loc[3]
    assert (row["label"], row["suggestion"], row["split"]) == ("happy", "fear", "train")
    assert row["score"] == pytest.approx((1 + row["p_happy"] - row["p_fear"]) / 2)
    told = found.to_dict()
    assert told | {"agreement": None, "pairs": None} == {
        "images": 3,
        "of": 90,
        "agreement": None,
        "splits": {"train": 2, "validation": 0, "test": 1},
        "pairs": None,
        "left_out": {"angry": 2},
    }
    assert told["agreement"] == pytest.approx(87 / 90)
    assert {(pair["label"], pair["suggestion"], pair["images"]) for pair in told["pairs"]} == {
        ("happy", "fear", 1),
        ("sad", "happy", 1),
        ("fear", "sad", 1),
    }


@pytest.mark.parametrize("damage", [None, "cut", "changed", "gone"])
def test_they_are_kept_until_damaged(data: Dataset, monkeypatch: pytest.MonkeyPatch, damage: str | None) -> None:
    first = suspects.suspects(data)
    file = suspects.kept_file(data)
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[:-200])
    elif damage == "changed":
        content[40:60] = bytes(20)
        file.write_bytes(content)
    elif damage == "gone":
        file.unlink()
    known = suspects.kept(data)
    assert (known is None) is (damage is not None)
    if damage is None:
        monkeypatch.setattr(suspects, "_features", None)
    pd.testing.assert_frame_equal(suspects.suspects(data).table, first.table)


def test_another_data_set_of_the_name_has_none(data: Dataset) -> None:
    suspects.suspects(data)
    samples = data.samples[["label", "split"]]
    again = writing.write_dataset(
        "Faces", data.images[::-1].copy(), samples, classes=data.meta.classes, kind="folders", source="here", overwrite=True
    )
    assert suspects.kept(again) is None


def test_a_runs_own_predictions_can_be_judged() -> None:
    labels = ["fear"] * 4 + ["happy"] * 4
    logits = [[3, 0], [3, 0], [0, 4], [3, 0], [0, 3], [0, 3], [0, 3], [4, 0]]
    frame = pd.DataFrame({"sample": range(10, 18), "label": labels, "logit_fear": 0.0, "logit_happy": 0.0})
    frame[["logit_fear", "logit_happy"]] = logits
    found = suspects.of_predictions(frame, "test", ("fear", "happy"), temperature=2.0)
    assert found.table.loc[found.table["suspected"], "sample"].tolist() == [12, 17]
    assert found.table["score"][0] == pytest.approx(1 / (1 + np.exp(2)), abs=1e-6)


def test_too_few_faces_are_a_sentence_from_the_process_too(workspace: Path) -> None:
    samples = pd.DataFrame({"label": ["fear", "happy"] * 3, "split": "train"})
    images = np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)
    few = writing.write_dataset("Few", images, samples, classes=("fear", "happy"), kind="folders", source="here")
    with pytest.raises(DatasetError, match="fewer than two classes with 5 different training faces"):
        suspects.suspects_in_process(few)


def test_a_process_that_dies_is_a_sentence(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(DatasetError, match="broke off"):
        suspects.suspects_in_process(data)
