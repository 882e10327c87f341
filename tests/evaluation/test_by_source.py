"""What a run has answered, a data set at a time."""

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import store, writing
from fer_core.evaluation.by_source import answered, believed, error_interval
from fer_core.evaluation.intervals import wilson
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training

CLASSES = ("angry", "happy")


def faces(name: str, seed: int, **more) -> store.Dataset:
    images = np.random.default_rng(seed).integers(0, 256, (12, 48, 48)).astype(np.uint8)
    rows = pd.DataFrame({"label": list(CLASSES) * 6, "split": ["train"] * 4 + ["validation"] * 2 + ["test"] * 6})
    return writing.write_dataset(name, images, rows, classes=CLASSES, kind="folders", source="x", **more)


def answer(run: runs.Run, data: store.Dataset, split: str, margin: list[float]) -> None:
    """Logits whose difference, towards the label, is `margin`."""
    rows = data.split(split)[["id", "hash", "label"]].rename(columns={"id": "sample"})
    sign = np.where(rows["label"] == "angry", 1.0, -1.0) * np.array(margin)
    run.write_predictions(data.meta.fingerprint, split, rows.assign(logit_angry=sign, logit_happy=0.0))


@pytest.fixture
def run(workspace):
    data = faces("Own", 1)
    made = runs.create(preset_config("Own", weights="random"))
    made.write(Status(state="finished"))
    made.write(Training(dataset="Own", fingerprint=data.meta.fingerprint, classes=CLASSES))
    made.write(Calibration(threshold=0.8))
    made.model_file.write_bytes(b"")
    answer(made, data, "validation", [9, 9])
    answer(made, data, "test", [9, 9, 9, 9, -9, 1])  # 1 / (1 + e^-1) = 0.731 is below the threshold
    return made


def test_one_row_a_data_set_of_its_test_or_else_its_validation(run):
    answer(run, faces("Other", 2, drawn=True), "validation", [1, -1])
    faces("Never asked", 3)
    rows = believed(run).set_index("source")
    assert list(rows.index) == ["Other / validation", "Own / test"]
    own, other = rows.loc["Own / test"], rows.loc["Other / validation"]
    assert (own["n"], own["answered"], own["accuracy"]) == (6, pytest.approx(5 / 6), pytest.approx(4 / 5))
    assert (own["low"], own["high"]) == pytest.approx(wilson(4, 5))
    assert (other["n"], other["answered"], bool(other["drawn"])) == (2, 0, True)
    assert np.isnan(other["accuracy"])
    # Both answers are 0.731 sure, one of them is right.
    assert other["ece"] == pytest.approx(1 / (1 + np.exp(-1)) - 0.5)


def test_a_damaged_data_set_is_passed_over(run):
    (faces("Broken", 4).path / "samples.parquet").write_bytes(b"nothing")
    assert [source.title for source in answered(run)] == ["Own / test"]


def test_recorded_figures_stand_in_for_a_data_set_that_is_not_there(workspace):
    found = answered(runs.open_run("bundled-crowd"))
    assert [(source.split, source.labels, len(source.answers)) for source in found] == [("test", "crowd", 2536)]


def test_the_interval_of_the_calibration_error_is_corrected_for_its_bias():
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(40):
        sure = rng.uniform(0.6, 1, 400)
        right = rng.random(400) < np.clip(sure - 0.1, 0, 1)  # Over all bins the error is 0.1.
        error, low, high = error_interval(sure, right, seed=seed)
        assert 0 <= low <= error <= high
        inside += low <= 0.1 <= high
    assert inside >= 32
