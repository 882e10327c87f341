"""Runs on faces of another size and colour than FER2013's: trained, read from their files, asked and explained."""

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import writing
from fer_core.datasets.chosen_faces import ChosenFaces
from fer_core.explain.methods import METHODS
from fer_core.explain.of_run import explain_faces
from fer_core.models import classifier
from fer_core.photos.frame import FER, Frame, converted
from fer_core.predictor import frame_of_run, load_predictor
from fer_core.runs.config import Augmentation, preset_config
from fer_core.training import pipeline, worker

CLASSES = ("angry", "happy", "neutral")
TINY = {"resolution": 64, "batch_size": 16, "precision": "float32", "head_epochs": 0, "full_epochs": 1}
STILL = Augmentation(flip=False, rotation=0, zoom=0, shift=0, contrast=0, brightness=0, erase=0)


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """120 RGB faces of 80 pixels whose class is the colour of a patch."""
    random = np.random.default_rng(0)
    images = random.integers(0, 90, (120, 80, 80, 3)).astype(np.uint8)
    labels = np.arange(120) % 3
    for number, label in enumerate(labels):
        images[number, 20:60, 20:60, label] = 240
    samples = pd.DataFrame(
        {"label": np.array(CLASSES)[labels], "split": np.repeat(["train", "validation", "test"], [80, 20, 20])}
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FER_WORKSPACE", str(tmp_path_factory.mktemp("work")))
        yield writing.write_dataset("patches", images, samples, classes=CLASSES, kind="folders", source="test")


@pytest.fixture(scope="module")
def run(patches):
    made = runs.create(preset_config("patches", "standard", **TINY))
    assert worker.main(made.id) == 0, made.status()
    return made


@pytest.mark.parametrize(
    ("stored", "resolution", "expected"),
    [
        (FER, 96, FER),
        (FER, 32, FER),
        (Frame(112, "rgb"), 96, Frame(96, "rgb")),
        (Frame(112, "rgb"), 224, Frame(112, "rgb")),
        (Frame(224), 32, Frame(48)),
    ],
)
def test_a_run_takes_faces_as_they_are_stored_but_no_finer_than_it_sees(stored, resolution, expected):
    config = preset_config("faces", resolution=resolution)
    assert classifier.input_frame(config, stored) == expected


def test_the_run_states_its_input_and_its_network_has_it(run):
    assert frame_of_run(run) == load_predictor(run).frame == Frame(64, "rgb")
    assert (run.training().size, run.training().colour) == (64, "rgb")


def test_the_stored_answers_are_those_of_the_network(patches, run):
    predictor = load_predictor(run)
    kept = run.predictions(patches.meta.fingerprint, "test")
    logits = predictor.logits(patches.images[kept["sample"].to_numpy()])
    np.testing.assert_allclose(logits, kept[[f"logit_{name}" for name in predictor.classes]].to_numpy(), atol=1e-4)
    # Through Keras: the faces converted once, and both mirror images.
    faces = converted(patches.images[kept["sample"].to_numpy()], Frame(64, "rgb"))
    answers = [predictor.model.predict_on_batch(part.astype(np.float32)) for part in (faces, faces[:, :, ::-1])]
    np.testing.assert_allclose(logits, np.mean(answers, axis=0), atol=1e-3)


def test_colour_matters_to_the_network(patches, run):
    predictor = load_predictor(run)
    faces = patches.images[:3]
    assert np.abs(predictor.logits(faces) - predictor.logits(faces[..., ::-1])).max() > 1e-3


@pytest.mark.parametrize(
    "method", [pytest.param(name, marks=() if row.on_layer else pytest.mark.slow) for name, row in METHODS.items()]
)
def test_every_method_explains_it(patches, run, method):
    predictor = load_predictor(run)
    found = explain_faces(predictor, patches.images[:2], method=method, targets=np.array([0, 1]))
    assert [one.saliency.shape for one in found] == [(64, 64)] * 2
    assert all(one.saliency.min() >= 0 and one.saliency.max() <= 1 for one in found)


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_faces_read_batch_by_batch_are_those_held_in_memory(monkeypatch, colour):
    images = np.random.default_rng(0).integers(0, 256, (20, *Frame(60, colour).shape), dtype=np.uint8)
    faces = ChosenFaces(images, np.arange(19, 3, -1), Frame(50, colour))
    targets = np.eye(16, dtype=np.float32)
    given = {"batch_size": 4, "augmentation": Augmentation(glasses=1.0, light=0.5, gamma=0.5), "seed": 1, "side": 56}

    def three():
        made = pipeline.batches(faces, targets, np.ones(16, np.float32), **given)
        return [(batch.numpy(), chosen.numpy()) for batch, chosen, _ in made.take(3)]

    held = three()
    monkeypatch.setattr(pipeline, "IN_MEMORY", 0)
    for (batch, chosen), (read, same) in zip(held, three(), strict=True):
        assert batch.shape == (4, 56, 56, faces.frame.channels)
        np.testing.assert_array_equal(batch, read)
        np.testing.assert_array_equal(chosen, same)


@pytest.mark.parametrize("change", [{"erase": 1.0}, {"light": 0.9}, {"glasses": 1.0}, {"shift": 0.2}, {"rotation": 20.0}])
def test_changes_grow_with_the_faces(change):
    """What is drawn on a face twice as fine is the same drawing: shrunk by area, it is nearly that on the coarse face."""
    rows = np.linspace(40, 210, 48)[None, :, None] * np.ones((6, 1, 48))
    coarse = np.rint(rows).astype(np.uint8)
    fine = np.repeat(np.repeat(coarse, 2, axis=1), 2, axis=2)
    augmentation = STILL.model_copy(update=change)
    first, second = (pipeline.augment_preview(faces, augmentation, 4) for faces in (coarse, fine))
    assert (first != coarse).any()
    shrunk = second.reshape(6, 48, 2, 48, 2).mean(axis=(2, 4))
    assert np.abs(first[:, 6:42, 6:42].astype(float) - shrunk[:, 6:42, 6:42]).mean() < 4
