"""A run that answers fewer classes than it learned, and from when on its answers are sure."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import narrow_run, sure_answers
from fer_core import runs
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE
from fer_core.models import classifier
from fer_core.predictor import load_predictor
from fer_core.runs.config import preset_config
from fer_core.runs.records import Training
from fer_core.training import checkpoint

THREE = ("disgust", "happy", "neutral")


@pytest.fixture
def run(workspace, tiny_model):
    """A finished run on the votes of 100 faces; each has 7 of 10 votes for one of five classes."""
    images = np.random.default_rng(0).integers(0, 256, (120, 48, 48), dtype=np.uint8)
    samples = pd.DataFrame({"label": "happy", "split": (["train"] + ["validation"] * 5) * 20})
    votes = {
        f"votes_{name}": np.int8([7 if place % 5 == number else 0 for place in range(120)]) for number, name in enumerate(FIVE)
    }
    samples = samples.assign(**votes, votes_sad=np.int8(3))
    dataset = write_dataset("Voted", images, samples, classes=FIVE, kind="folders", source="made")
    made = runs.create(preset_config("Voted", weights="random", labels="crowd"), name="Wide")
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="Voted", fingerprint=dataset.meta.fingerprint, classes=FIVE, phases=[{"name": "full"}]))
    made.write_training_samples(pd.DataFrame({"hash": ["a"], "signature": np.array([1], np.uint64)}))
    pd.DataFrame([{"epoch": 1, "phase": "full", "loss": 1.0, "val_accuracy": 0.1}]).to_csv(made.epochs_file, index=False)
    made.batches_file.write_text(json.dumps({"step": 1, "epoch": 1.0, "phase": "full", "loss": 1.0}) + "\n")
    return made


def test_the_logits_that_stay_are_the_same(run, monkeypatch, capsys):
    # What random weights answer to noise has no temperature that is best.
    monkeypatch.setattr(narrow_run, "fitted_calibration", lambda run: run.calibration().model_copy(update={"temperature": 2}))
    monkeypatch.setattr(sys, "argv", ["narrow_run", run.id, "--classes", "neutral,happy,disgust", "--after", run.id])
    narrow_run.main()
    made = runs.open_run(capsys.readouterr().out.split()[-1])
    faces = np.random.default_rng(1).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    wide, narrow = load_predictor(run), load_predictor(made)
    assert narrow.classes == THREE
    np.testing.assert_allclose(narrow.logits(faces), wide.logits(faces)[:, [FIVE.index(name) for name in THREE]], atol=1e-5)
    judged = made.predictions(made.training().fingerprint, "validation", "crowd")
    assert judged["label"].value_counts().to_dict() == dict.fromkeys(THREE, 20)
    assert made.predictions(made.training().fingerprint, "test", "crowd") is None
    assert (made.config().labels, made.epochs()["epoch"].tolist(), made.status().best_epoch) == ("crowd", [1, 2, 3], 3)


def test_the_newest_checkpoint_stands_for_the_best_epoch(run):
    weights = [value + 1 for value in classifier.load(run.model_file).get_weights()]
    checkpoint.save(run, 1, {f"average/{place:03}": value for place, value in enumerate(weights)}, {})
    kernel, bias = narrow_run.narrowed(run, THREE, last=True).get_weights()[-2:]
    places = [FIVE.index(name) for name in THREE]
    np.testing.assert_allclose(kernel, weights[-2][:, places], atol=1e-6)
    np.testing.assert_allclose(bias, weights[-1][places], atol=1e-6)


def test_an_unknown_class_is_refused(run):
    with pytest.raises(SystemExit, match="and not sad"):
        narrow_run.narrowed(run, ("happy", "sad"))


def test_a_threshold_is_kept_with_the_run(run, monkeypatch, capsys):
    answers = pd.DataFrame({"label": ["happy"] * 4, **{f"logit_{name}": 0.0 for name in FIVE}})
    answers["logit_happy"] = [3.0, 2.0, 1.0, 0.5]
    answers["logit_fear"] = [0.0, 0.0, 1.5, 0.0]
    monkeypatch.setattr(sure_answers, "predict_split", lambda *_, **__: answers)
    monkeypatch.setattr(sys, "argv", ["sure_answers", run.id, "--dataset", "Voted", "--write"])
    sure_answers.main()
    # exp(2) / (exp(2) + 4) = 0.6488: the answer below it, 0.4668 for fear, is wrong.
    assert run.calibration().threshold == 0.649
    assert capsys.readouterr().out.startswith("threshold 0.649: 1 of 4 answered (0.250), 1.0000 of these agree")
