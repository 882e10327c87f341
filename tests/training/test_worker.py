"""Real training processes on a small data set of drawn squares: slow parts of the suite, few of them."""

import os
import signal
import time

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import store
from fer_core.predictor import load_predictor
from fer_core.training import jobs
from fer_core.training.config import preset_config

TINY = {"resolution": 32, "fine_map": False, "batch_size": 16, "weights": "random"}


@pytest.fixture
def squares(workspace):
    """240 faces of three classes that differ by where a bright square lies."""
    random = np.random.default_rng(0)
    images = random.integers(0, 60, (240, 48, 48)).astype(np.uint8)
    labels = np.arange(240) % 3
    for number, label in enumerate(labels):
        images[number, 16:32, label * 16 : label * 16 + 16] = 230
    names = np.array(["angry", "happy", "neutral"])[labels]
    split = np.repeat(["train", "validation", "test"], [160, 40, 40])
    samples = pd.DataFrame({"label": names, "split": split})
    return store.write_dataset("squares", images, samples, classes=("angry", "happy", "neutral"), kind="folders", source="test")


def wait(run, *, until=("finished", "stopped", "failed"), seconds=200):
    end = time.time() + seconds
    while time.time() < end:
        jobs.reap()
        if run.status().state in until:
            return run.status()
        time.sleep(0.2)
    raise AssertionError(f"still {run.status()} after {seconds} s\n{run.log_tail()}")


def test_run_trains_writes_its_files_and_answers(squares):
    config = preset_config(
        "squares", "standard", **TINY, head_epochs=1, full_epochs=3, full_learning_rate=3e-3, augmentation=None
    )
    run = jobs.start(config)
    status = wait(run)
    assert status.state == "finished", run.log_tail()
    epochs = run.epochs()
    assert epochs["epoch"].tolist() == [1, 2, 3, 4]
    assert epochs["phase"].tolist() == ["head", "full", "full", "full"]
    assert epochs[["loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1", "val_recall_happy"]].notna().all(axis=None)
    assert status.best_score == pytest.approx(epochs["val_accuracy"].max())
    assert status.best_epoch == epochs["epoch"][epochs["val_accuracy"].idxmax()]
    assert list(run.tensorboard.glob("events.out.tfevents.*"))
    train = squares.split("train")
    assert sorted(run.training_samples()["hash"]) == sorted(train["hash"])
    test = run.predictions(squares.meta.fingerprint, "test")
    assert test["sample"].tolist() == squares.split("test")["id"].tolist()
    predictor = load_predictor(run)
    logits = predictor.logits(squares.images[test["sample"].to_numpy()])
    np.testing.assert_allclose(logits, test[[f"logit_{name}" for name in predictor.classes]].to_numpy(), atol=1e-4)
    stored = run.predictions(squares.meta.fingerprint, "validation")
    flat = stored[[f"logit_{name}" for name in predictor.classes]].to_numpy().argmax(1)
    assert (np.array(predictor.classes)[flat] == stored["label"]).mean() > 0.3


def test_stop_keeps_the_best_epoch_and_quick_keeps_its_features(squares):
    slow = preset_config("squares", "standard", **TINY, head_epochs=0, full_epochs=200)
    run = jobs.start(slow)
    end = time.time() + 200
    while run.status().best_epoch is None and time.time() < end:
        time.sleep(0.2)
    jobs.stop(run)
    status = wait(run)
    assert status.state == "stopped", run.log_tail()
    assert run.model_file.is_file()
    assert len(run.epochs()) < 200
    assert load_predictor(run).classes == ("angry", "happy", "neutral")

    # A batch larger than the data set takes all of it.
    quick = preset_config("squares", "quick", resolution=32, fine_map=False, batch_size=512, head_epochs=3)
    finished = wait(jobs.start(quick))
    assert finished.state == "finished"
    kept = list((squares.path / "features").glob("*.npy"))
    assert [np.load(file).shape for file in kept] == [(240, 1024)]


def test_killed_worker_shows_as_failed_and_frees_the_slot(squares):
    run = jobs.start(preset_config("squares", "standard", **TINY, head_epochs=0, full_epochs=200))
    waiting = jobs.start(preset_config("squares", "standard", **TINY, head_epochs=1, full_epochs=0))
    end = time.time() + 200
    while run.status().state != "running" and time.time() < end:
        time.sleep(0.2)
    assert jobs.place(waiting) == 1
    os.kill(run.status().pid, signal.SIGKILL)
    assert wait(run, seconds=10).state == "failed"
    assert "ended without a word" in run.status().error
    assert "training and" in run.log_tail()
    assert wait(waiting).state == "finished", waiting.log_tail()
    assert [other.id for other in runs.runs_using("squares")] == []
