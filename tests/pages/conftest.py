"""A small data set and a finished run, for tests that open views through the frame."""

import functools
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import answers
import numpy as np
import pandas as pd
import pytest
from streamlit.components.v2 import manifest_scanner

from fer_core import runs
from fer_core.datasets import store, writing
from fer_core.datasets.meta import Rejected
from fer_core.datasets.store import Dataset
from fer_core.explain import cam, faithfulness, randomisation
from fer_core.labels import FIVE
from fer_core.models import classifier
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training
from pages.explain.parts import expectation, mean_maps
from pages.ui import loaders

FRAME = str(Path(__file__).resolve().parents[2] / "pages" / "frame.py")
COUNTS = {"angry": 20, "disgust": 4, "fear": 16, "happy": 40, "neutral": 20}


@pytest.fixture
def app() -> str:
    """Path of pages/frame.py, through which every view is opened."""
    return FRAME


@pytest.fixture
def started_workspace(workspace: Path) -> Path:
    """A workspace without any data set that has had its first start, so that no faces are drawn."""
    workspace.mkdir(parents=True)
    (workspace / ".first-start").touch()
    return workspace


@pytest.fixture(autouse=True, scope="session")
def _components_looked_for_once() -> Iterator[None]:
    """For each app that a test opens Streamlit reads the metadata of all installed packages: more work than the pages are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def _small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = np.random.default_rng(0)
    images, rows = [], []
    for position, (label, count) in enumerate(COUNTS.items()):
        for number in range(count):
            images.append(draw.integers(0, 120, (48, 48)) + 25 * position)
            split = "train" if number % 4 < 2 else "validation" if number % 4 == 2 else "test"
            rows.append({"label": label, "split": split, "file": f"{split}/{label}/{label}_{number:03d}.png"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_WORKSPACE", str(tmp_path_factory.mktemp("small")))
        return writing.write_dataset(
            "Small",
            np.stack(images).astype(np.uint8),
            pd.DataFrame(rows),
            classes=FIVE,
            kind="kaggle",
            source="small.zip",
            skipped={"sad": 7},
            rejected=[Rejected(file="train/happy/broken.png", reason="truncated")],
        ).path


@pytest.fixture
def small_dataset(workspace: Path, _small_folder: Path) -> Dataset:
    """100 random faces of five classes, 50 train, 25 validation, 25 test, named `Small`; each class is brighter than the last."""
    shutil.copytree(_small_folder, workspace / "datasets" / "Small")
    return store.open_dataset("Small")


@pytest.fixture
def finished_run(small_dataset: Dataset) -> Run:
    """A run on `Small` that has ended, with curves and predictions for its test split, without a model.

    It answers as the label says, except that every second `fear` is called `angry`.
    """
    return write_run(small_dataset, name="Finished run", state="finished")


@pytest.fixture
def no_bundled_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing ships: what is there is what the test has made."""
    monkeypatch.setattr("fer_core.runs.store.ASSETS", tmp_path / "assets")


@pytest.fixture
def run(small_dataset: Dataset) -> Run:
    """As `finished_run`, with an empty file for the network: of 25 test faces, 2 of the 4 of fear are called angry."""
    return write_run(small_dataset, name="Finished run", state="finished", model=True)


@pytest.fixture
def answering_run(run: Run, tiny_model: bytes) -> Run:
    """As `run`, with a tiny network that really answers."""
    run.model_file.write_bytes(tiny_model)
    return run


@pytest.fixture
def looking_run(small_dataset: Dataset, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run whose network is `answers.Network`."""
    made = make_run(small_dataset, name="Finished run", state="finished", model=True)
    network = answers.Network(made)
    monkeypatch.setattr(loaders, "predictor", lambda run: network)
    monkeypatch.setattr(cam, "layers", lambda model: [cam.LayerChoice("late", 6, 6, 8)])
    monkeypatch.setattr(cam, "default_layer", lambda model: "late")
    monkeypatch.setattr(faithfulness, "explain_faces", answers.explain_faces)
    monkeypatch.setattr(faithfulness, "as_shown", lambda predictor: lambda faces: network.probabilities(network.logits(faces)))
    monkeypatch.setattr(mean_maps, "explain_faces", answers.explain_faces)
    monkeypatch.setattr("pages.explain.parts.faithfulness.explain_faces", answers.explain_faces)
    monkeypatch.setattr(randomisation, "stages", lambda model, blocks: [("logits", ("logits",)), ("stem", ("early",))])
    monkeypatch.setattr(randomisation, "cascade", answers.cascade)
    monkeypatch.setattr(classifier, "layer_blocks", lambda model, backbone: {})
    monkeypatch.setattr(expectation, "expected_faces", answers.expected_faces)
    return made


@pytest.fixture
def at_work(hold: Callable[[Run], None]) -> Callable[..., Run]:
    """`at_work(data, **status)`: a run that this process is at work on; with a `pid` of another process nobody is."""

    def begin(data: Dataset, **status: object) -> Run:
        run = runs.create(preset_config(data.name, "standard"), name="Busy run")
        now = time.time()
        alive = {"pid": os.getpid(), "created": now, "heartbeat": now}
        run.write(Status(**{"state": "running", "started": now, **alive, **status}))
        if "pid" not in status:
            hold(run)
        return run

    return begin


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """`make_run(data, *, name, state, model=False)`: further runs, see `write_run`."""
    return write_run


def write_run(data: Dataset, *, name: str, state: str, model: bool = False) -> Run:
    """A run folder on `data` in a given state; with `model` an empty file stands in for the network."""
    run = runs.create(preset_config(data.name, "frozen"), name=name)
    now = time.time()
    status = Status(state=state, created=now - 60, started=now - 50, ended=now, heartbeat=now, best_epoch=3, best_score=0.62)
    run.write(status)
    run.write(
        Training(
            dataset=data.name,
            fingerprint=data.meta.fingerprint,
            classes=FIVE,
            counts=data.meta.counts,
            weights="imagenet",
            parameters=3_000_000,
            phases=[{"name": "head", "epochs": 3}],
            seconds=50.0,
            machine="test",
        )
    )
    run.write(Calibration(temperature=1.5, threshold=0.3, flip=True))
    epochs = pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "phase": "head",
            "loss": [1.6, 1.3, 1.1],
            "accuracy": [0.3, 0.5, 0.6],
            "val_loss": [1.5, 1.35, 1.2],
            "val_accuracy": [0.35, 0.5, 0.62],
            "val_macro_f1": [0.2, 0.4, 0.5],
            **{f"val_recall_{label}": [0.2, 0.4, 0.5] for label in FIVE},
            "seconds": [10.0, 10.0, 10.0],
            "images_per_second": [200.0, 210.0, 205.0],
            "learning_rate": [2e-3, 2e-3, 2e-3],
        }
    )
    epochs.to_csv(run.epochs_file, index=False)
    batches = [
        {"step": step, "epoch": step / 10, "phase": "head", "loss": 1.6 - step / 60, "accuracy": 0.2 + step / 75}
        for step in range(30)
    ]
    run.batches_file.write_text("".join(json.dumps(row) + "\n" for row in batches))
    run.log_file.write_text("Epoch 1\nEpoch 2\nEpoch 3\n")
    train = data.split("train")
    run.write_training_samples(train[["hash", "signature"]])
    for split in ("validation", "test"):
        run.write_predictions(data.meta.fingerprint, split, _answers(data, split))
    if model:
        run.model_file.write_bytes(b"")
    return run


def _answers(data: Dataset, split: str) -> pd.DataFrame:
    rows = data.split(split)
    answers = rows["label"].tolist()
    fearful = [position for position, label in enumerate(answers) if label == "fear"]
    for position in fearful[::2]:
        answers[position] = "angry"
    logits = np.zeros((len(rows), len(FIVE)), np.float32)
    logits[np.arange(len(rows)), [FIVE.index(label) for label in answers]] = 2.0
    frame = rows[["id", "hash", "label"]].rename(columns={"id": "sample"})
    return frame.join(pd.DataFrame(logits, columns=[f"logit_{label}" for label in FIVE]))
