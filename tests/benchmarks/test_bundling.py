"""What the recorded run is made of."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import bundle_run
from fer_core import runs
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE
from fer_core.runs import BUNDLED, Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Training


def test_batches_are_thinned_evenly_over_the_epochs(tmp_path):
    """However closely an epoch was written down: here the second ten times as closely as the first."""
    places = np.concatenate([np.linspace(0.1, 1, 10), np.linspace(1.01, 2, 100)])
    source, target = tmp_path / "all.jsonl", tmp_path / "some.jsonl"
    source.write_text("".join(f"{json.dumps({'epoch': place})}\n" for place in places))
    bundle_run.thin_batches(source, target, rows=20)
    kept = [json.loads(line)["epoch"] for line in target.read_text().splitlines()]
    assert (kept[0], kept[-1]) == (0.1, 2.0)
    assert 8 <= sum(place <= 1 for place in kept) <= 11
    assert len(kept) <= 20


@pytest.fixture
def finished(workspace, tmp_path, tiny_model, monkeypatch):
    """A finished run, and the folder that its bundle goes to."""
    images = np.random.default_rng(0).integers(0, 256, (30, 48, 48), dtype=np.uint8)
    samples = pd.DataFrame({"label": FIVE * 6, "split": ["train", "validation", "test"] * 10})
    dataset = write_dataset("Faces", images, samples, classes=FIVE, kind="folders", source="made")
    run = runs.create(preset_config("Faces", weights_file=str(tmp_path / "mine.weights.h5"), teachers="bundled"), name="run")
    run.model_file.write_bytes(tiny_model)
    run.write(Training(dataset="Faces", fingerprint=dataset.meta.fingerprint, classes=FIVE))
    run.write(Calibration())
    run.write_training_samples(pd.DataFrame({"hash": ["a"], "signature": np.array([1], np.uint64)}))
    pd.DataFrame([{"epoch": 1, "phase": "full", "loss": 1.0}]).to_csv(run.epochs_file, index=False)
    run.batches_file.write_text(json.dumps({"step": 1, "epoch": 1.0, "phase": "full", "loss": 1.0}) + "\n")
    run.write(run.status().model_copy(update={"state": "finished", "pid": 7}))
    monkeypatch.setattr(bundle_run, "ASSETS", tmp_path / "assets")
    return run, Run(id=BUNDLED, path=tmp_path / "assets" / BUNDLED, own=tmp_path / "assets" / BUNDLED)


def test_a_bundle_names_no_folder_of_this_machine(finished, monkeypatch):
    run, made = finished
    monkeypatch.setattr(sys, "argv", ["bundle_run", run.id, "--note", "Recorded."])
    bundle_run.main()
    config = made.config()
    assert (config.dataset, config.weights_file, config.teachers) == ("Faces", "mine.weights.h5", ("earlier-bundled",))
    assert (made.status().state, made.status().pid, made.about().note) == ("finished", None, "Recorded.")
    assert made.training() == run.training()
    monkeypatch.setattr(sys, "argv", ["bundle_run", run.id, "--called", "FER2013 with votes"])
    bundle_run.main()
    assert (made.config().dataset, made.training().dataset) == ("FER2013 with votes",) * 2
    for split in ("validation", "test"):
        assert len(made.predictions(run.training().fingerprint, split)) == 10
