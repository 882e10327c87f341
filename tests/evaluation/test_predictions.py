"""Which predictions are found for a run and a data set, on frames small enough to check by eye."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from fer_core.evaluation.assessment import score_recorded
from fer_core.evaluation.predictions import Source, find_predictions, own_predictions, sources
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Training

CLASSES = ("fear", "happy")
LABELS = {"test": ["fear", "happy", "happy"], "validation": ["fear"]}


def predictions_of(split: str, labels: list[str], *, first: int = 0, hashes: list[str] | None = None) -> pd.DataFrame:
    """Logits that tell the sample by their value."""
    ids = range(first, first + len(labels))
    return pd.DataFrame(
        {
            "sample": ids,
            "hash": hashes or [f"{split}{number}" for number in ids],
            "label": labels,
            "logit_fear": [float(number) for number in ids],
            "logit_happy": [-float(number) for number in ids],
        }
    )


def dataset_of(splits: dict[str, list[tuple[str, str]]], *, name: str = "Mine", fingerprint: str = "f" * 16) -> SimpleNamespace:
    """A stand-in for a stored data set: (hash, label) pairs for each split."""
    rows = [(split, *pair) for split, pairs in splits.items() for pair in pairs]
    frame = pd.DataFrame(rows, columns=["split", "hash", "label"]).assign(id=range(100, 100 + len(rows)))
    counts = {split: frame[frame["split"] == split]["label"].value_counts().to_dict() for split in splits}
    meta = SimpleNamespace(fingerprint=fingerprint, counts=counts)
    return SimpleNamespace(
        name=name, meta=meta, split=lambda wanted, labels="imported": frame[frame["split"] == wanted].reset_index(drop=True)
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of one's own that knows fear and happy."""
    folder = tmp_path / "runs" / "mine"
    made = Run(id="mine", path=folder, own=folder)
    made.write(Training(dataset="Mine", fingerprint="f" * 16, classes=CLASSES))
    return made


@pytest.fixture
def bundled(tmp_path: Path) -> Run:
    """A read-only run with recorded predictions of three test faces and one validation face, and of two drawn ones."""
    shipped = Run(id="bundled", path=tmp_path / "assets", own=tmp_path / "assets")
    shipped.write(Training(dataset="FER2013", fingerprint="a" * 16, classes=CLASSES))
    for split, labels in LABELS.items():
        shipped.write_predictions("a" * 16, split, predictions_of(split, labels))
    shipped.write_predictions("d" * 16, "test", predictions_of("drawn", ["happy", "fear"]))
    return Run(id="bundled", path=tmp_path / "assets", own=tmp_path / "runs" / "bundled")


FER2013 = {"test": [("test0", "fear"), ("test1", "happy"), ("test2", "happy")], "validation": [("validation0", "fear")]}
OTHER = {"train": [("x", "fear"), ("y", "sad")], "test": [("z", "happy"), ("w", "sad"), ("v", "sad")]}


@pytest.mark.parametrize(
    ("which", "splits", "expected"),
    [
        ("run", OTHER, [("Mine / test", 1, {"sad": 2}, ("fear",)), ("Mine / train", 1, {"sad": 1}, ("happy",))]),
        ("run", {"test": [], "train": [("x", "fear"), ("y", "happy")]}, [("Mine / train", 2, {}, ())]),
        ("run", None, []),
        (
            "bundled",
            None,
            [
                ("FER2013 test (recorded figures, no pictures)", 3, {}, ()),
                ("FER2013 validation (recorded figures, no pictures)", 1, {}, ("happy",)),
            ],
        ),
        (
            "bundled",
            {"test": FER2013["test"], "train": [("x", "happy")]},
            [
                ("Mine / test", 3, {}, ()),
                ("Mine / train", 1, {}, ("fear",)),
                ("FER2013 validation (recorded figures, no pictures)", 1, {}, ("happy",)),
            ],
        ),
        ("bundled", FER2013, [("Mine / test", 3, {}, ()), ("Mine / validation", 1, {}, ("happy",))]),
    ],
    ids=["other-classes", "empty-split", "nothing", "numbers-alone", "pictures-of-one-split", "pictures-of-all"],
)
def test_sources(which, splits, expected, request):
    chosen = request.getfixturevalue(which)
    found = sources(chosen, None if splits is None else dataset_of(splits))
    assert [(source.title, source.n, source.skipped, source.absent) for source in found] == expected


def test_keys_do_not_change_when_predictions_arrive(run):
    dataset = dataset_of(OTHER)
    before = [source.key for source in sources(run, dataset)]
    run.write_predictions("f" * 16, "test", predictions_of("test", ["happy"]))
    assert before == [source.key for source in sources(run, dataset)] == ["data/test", "data/train"]


def test_a_run_without_classes_offers_nothing(tmp_path):
    assert sources(Run(id="new", path=tmp_path, own=tmp_path), dataset_of(OTHER)) == []


def first(run: Run, dataset: SimpleNamespace | None) -> tuple[pd.DataFrame | None, Source]:
    source = sources(run, dataset)[0]
    return find_predictions(run, dataset, source), source


def test_own_predictions_are_found_by_fingerprint(run):
    run.write_predictions("f" * 16, "test", predictions_of("test", ["happy"], first=102, hashes=["z"]))
    assert first(run, dataset_of(OTHER))[0]["sample"].tolist() == [102]
    assert first(run, dataset_of(OTHER, fingerprint="0" * 16))[0] is None


def test_own_predictions_are_those_by_the_labels_that_judge_the_run(run):
    run.write_predictions("f" * 16, "test", predictions_of("test", ["happy"], first=7))
    run.write_predictions("f" * 16, "test", predictions_of("test", ["fear"], first=8), "crowd")
    for labels, sample in (("imported", 7), ("edited", 7), ("crowd", 8)):
        run.write(preset_config("Mine", labels=labels))
        assert own_predictions(run, "test")["sample"].tolist() == [sample]


@pytest.mark.parametrize(
    "damaged",
    [
        predictions_of("test", ["happy", "happy"], first=102, hashes=["z", "z"]),
        predictions_of("test", ["happy"], first=103, hashes=["z"]),
        predictions_of("test", ["happy"], first=102, hashes=["y"]),
        predictions_of("test", ["happy"], first=102, hashes=["z"]).drop(columns="logit_happy"),
        predictions_of("test", ["happy"], first=102, hashes=["z"]).assign(logit_fear=float("nan")),
    ],
    ids=["another-number-of-samples", "another-sample", "another-picture", "a-column-is-missing", "not-a-number"],
)
def test_damaged_predictions_count_as_missing(run, damaged):
    run.write_predictions("f" * 16, "test", damaged)
    assert first(run, dataset_of(OTHER))[0] is None


def test_shipped_predictions_are_matched_by_pixels_whatever_the_order(bundled):
    dataset = dataset_of({"test": [("test2", "happy"), ("test0", "happy"), ("test2", "happy")]})
    found, _ = first(bundled, dataset)
    assert found["sample"].tolist() == [100, 101, 102]
    assert found["label"].tolist() == ["happy", "happy", "happy"]
    assert found["logit_fear"].tolist() == [2.0, 0.0, 2.0]


def test_one_unknown_picture_means_computing(bundled):
    assert first(bundled, dataset_of({"test": [("test0", "fear"), ("new", "happy")]}))[0] is None


def test_shipped_predictions_are_for_the_bundled_run_alone(bundled):
    copied = Run(id="copy", path=bundled.path, own=bundled.path)
    assert first(copied, dataset_of(FER2013))[0] is None


def test_numbers_alone(bundled):
    found, source = first(bundled, None)
    assert source.recorded
    assert found.columns.tolist() == ["sample", "hash", "label", "logit_fear", "logit_happy"]
    assert found["label"].tolist() == LABELS["test"]


def test_recorded_figures_are_scored_with_their_exact_leaks(bundled):
    Run(id="bundled", path=bundled.path, own=bundled.path).write_training_samples(
        pd.DataFrame({"hash": ["test2", "elsewhere"], "signature": pd.Series([1, 2], dtype="uint64")})
    )
    found, source = first(bundled, None)
    scores = score_recorded(bundled, source, found)
    # Logits (0, 0), (1, -1), (2, -2): fear each time, so the first answer of three is right, and of the two not leaked.
    assert (scores.n, scores.accuracy, scores.leaked) == (3, pytest.approx(1 / 3), {"exact": 1, "near": 0, "person": 0})
    assert (scores.n_without_leaked, scores.accuracy_without_leaked) == (2, pytest.approx(1 / 2))
