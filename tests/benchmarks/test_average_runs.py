"""One run of two that followed one another."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import average_runs
from fer_core import runs
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE
from fer_core.models import classifier
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status, Training
from fer_core.training import checkpoint


@pytest.fixture
def part(tmp_path):
    """`part(name, epochs)`: a finished run of so many epochs, with two batches in each."""

    def make(name: str, epochs: int) -> Run:
        run = Run(id=name, path=tmp_path / name, own=tmp_path / name)
        run.path.mkdir()
        phases = ["head", *["full"] * (epochs - 1)]
        pd.DataFrame({"epoch": range(1, epochs + 1), "phase": phases, "loss": 1.0}).to_csv(run.epochs_file, index=False)
        lines = [{"step": n, "epoch": n / 2, "phase": phases[(n - 1) // 2], "loss": 1.0} for n in range(1, 2 * epochs + 1)]
        run.batches_file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        run.write(Status(state="finished", pid=7, best_epoch=epochs - 1, best_score=0.5))
        training = {"dataset": "Faces", "fingerprint": "0" * 16, "classes": ("fear", "happy"), "seconds": 10.0 * epochs}
        run.write(Training(**training, phases=[{"name": "head"}, {"name": "full"}]))
        return run

    return make


def test_a_run_that_went_on_from_another_is_shown_whole(part, tmp_path):
    made = Run(id="made", path=tmp_path / "made", own=tmp_path / "made")
    made.path.mkdir()
    average_runs.write_history(made, [part("first", 3), part("second", 2)])
    assert made.epochs()["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert made.epochs()["phase"].tolist() == ["head", "full", "full", "head", "full"]
    assert made.batches()["step"].tolist() == list(range(1, 11))
    assert made.batches()["epoch"].tolist() == [0.5 * n for n in range(1, 11)]
    training = made.training()
    assert made.status().pid is None
    assert (training.seconds, [phase["name"] for phase in training.phases]) == (50.0, ["head", "full"] * 2)


def test_no_place_of_this_machine_and_no_run_that_teaches_itself(tmp_path):
    config = preset_config("Faces", weights_file=str(tmp_path / "mine.weights.h5"), teachers="bundled,another")
    shipped = average_runs.without_places(config)
    assert shipped.weights_file == "mine.weights.h5"
    assert shipped.teachers == ("earlier-bundled", "another")
    assert average_runs.without_places(preset_config("Faces")) == preset_config("Faces")


@pytest.fixture
def two(workspace, tiny_model, small_faces):
    """Two finished runs of one network on the same faces; all weights of the second are larger by 1."""
    found = []
    for name in ("first", "second"):
        run = runs.create(preset_config("Faces", weights="random"), name=name)
        run.model_file.write_bytes(tiny_model)
        run.write(Training(dataset="Faces", fingerprint=small_faces.meta.fingerprint, classes=FIVE, phases=[{"name": "full"}]))
        run.write_training_samples(pd.DataFrame({"hash": ["a", "b"], "signature": np.array([1, 2], np.uint64)}))
        row = {"epoch": 1, "phase": "full", "loss": 1.0, "val_accuracy": 0.1}
        pd.DataFrame([row]).to_csv(run.epochs_file, index=False)
        run.batches_file.write_text(json.dumps({"step": 1, "epoch": 1.0, "phase": "full", "loss": 1.0}) + "\n")
        found.append(run)
    model = classifier.load(found[1].model_file)
    model.set_weights([value + 1 for value in model.get_weights()])
    model.save(found[1].model_file)
    return found


@pytest.fixture
def small_faces(workspace):
    images = np.random.default_rng(0).integers(0, 256, (20, 48, 48), dtype=np.uint8)
    samples = pd.DataFrame({"label": FIVE * 4, "split": ["train", "validation"] * 10})
    return write_dataset("Faces", images, samples, classes=FIVE, kind="folders", source="made")


def test_the_weights_are_the_mean_and_the_average_is_the_last_and_best_epoch(two, capsys, monkeypatch):
    # Ten faces are too few to fit a temperature on.
    monkeypatch.setattr(average_runs, "fitted_calibration", lambda run: run.calibration().model_copy(update={"temperature": 2}))
    monkeypatch.setattr(sys, "argv", ["average_runs", two[0].id, two[1].id, "--no-flip"])
    average_runs.main()
    made = runs.open_run(capsys.readouterr().out.split()[-1])
    before, after = (classifier.load(run.model_file).get_weights() for run in (two[0], made))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(other, one + 0.5, atol=1e-6)
    answers = made.predictions(two[0].training().fingerprint, "validation")
    right = answers["label"] == np.array(FIVE)[answers[[f"logit_{name}" for name in FIVE]].to_numpy().argmax(1)]
    status = made.status()
    assert (status.state, status.best_epoch, status.best_score) == ("finished", 3, pytest.approx(right.mean()))
    assert made.epochs()["epoch"].tolist() == [1, 2, 3]
    assert made.epochs()["val_accuracy"].iloc[-1] == pytest.approx(right.mean())
    assert made.predictions(two[0].training().fingerprint, "test") is None
    assert (made.calibration().flip, made.calibration().temperature) == (False, 2)


def test_the_newest_checkpoint_stands_for_the_best_epoch(two):
    with pytest.raises(SystemExit, match="keeps no checkpoint with averaged weights"):
        average_runs.classifier_of_both(*two, last=True)
    weights = [value + 3 for value in classifier.load(two[0].model_file).get_weights()]
    checkpoint.save(two[1], 2, {f"average/{place:03}": value for place, value in enumerate(weights)}, {})
    for one, other in zip(weights, average_runs.classifier_of_both(*two, last=True).get_weights(), strict=True):
        np.testing.assert_allclose(other, one - 1.5, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_second_counts_by_its_share(two, share):
    first, second = (classifier.load(run.model_file).get_weights() for run in two)
    mean = average_runs.classifier_of_both(*two, share=share).get_weights()
    for one, other, both in zip(first, second, mean, strict=True):
        np.testing.assert_allclose(both, (1 - share) * one + share * other, atol=1e-6)


def test_a_share_outside_of_the_two_is_refused(two):
    with pytest.raises(SystemExit, match=r"must be 0 to 1; got 1\.5"):
        average_runs.classifier_of_both(*two, share=1.5)


def test_the_second_run_must_have_met_the_faces_of_the_first(two):
    two[1].write_training_samples(pd.DataFrame({"hash": ["a", "b", "c"], "signature": np.array([1, 2, 3], np.uint64)}))
    average_runs.classifier_of_both(*two)
    two[1].write_training_samples(pd.DataFrame({"hash": ["a", "c"], "signature": np.array([1, 3], np.uint64)}))
    with pytest.raises(SystemExit, match="faces that the second has not met"):
        average_runs.classifier_of_both(*two)
