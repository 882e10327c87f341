"""The photo path of other faces: what is cropped, what counts as wrong, and the prior that is taken off."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import other_faces
from fer_core.labels import FIVE
from fer_core.models.inference import network_forward
from fer_core.predictor import load_predictor
from fer_core.runs import open_run

PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


def test_a_picture_without_a_face_counts_as_wrong(tmp_path):
    for label, picture in (("happiness", Image.open(PORTRAIT)), ("angry", Image.new("RGB", (300, 300), (90, 90, 90)))):
        (tmp_path / label).mkdir()
        picture.save(tmp_path / label / "one.png")
    shown = other_faces.of_folder(tmp_path)
    assert (shown.labels.tolist(), shown.found.tolist()) == (["angry", "happy"], [False, True])
    certain = np.eye(5)[[FIVE.index("happy")]]
    assert "accuracy 0.500" in other_faces.line("means", shown, certain)


def test_narrower_crops_are_the_middle_of_wider_ones():
    crops = np.zeros((1, 192, 192), np.uint8)
    crops[:, 19:-19, 19:-19] = 200
    assert other_faces.resized(crops, 0.8, 48).min() == 200
    assert other_faces.resized(crops, 1.0, 48)[0, 0, 0] == 0


def test_light_changes_a_face_but_keeps_its_picture():
    face = np.full((48, 48), 128, np.uint8)
    lit = [other_faces.light(face, np.random.default_rng(seed)) for seed in range(8)]
    assert {picture.dtype for picture in lit} == {np.dtype(np.uint8)}
    assert len({int(picture.mean()) for picture in lit}) > 4
    assert max(np.ptp(picture) for picture in lit) > 30


def test_the_prior_is_that_of_the_training_faces_among_the_classes(workspace):
    run = open_run("bundled-crowd")
    counts = run.training().counts["train"]
    prior = np.exp(other_faces.log_prior(run, FIVE))
    assert prior.sum() == pytest.approx(1)
    assert prior[FIVE.index("happy")] / prior[FIVE.index("disgust")] == pytest.approx(counts["happy"] / counts["disgust"])


def test_the_network_of_another_side_has_the_same_weights(workspace):
    """A flat face is the same at any size."""
    network = load_predictor(open_run("bundled")).network
    flat = [np.full((1, side, side), 140, np.uint8) for side in (48, 96)]
    coarse, fine = network_forward(network)(flat[0]), network_forward(other_faces.of_side(network, 96))(flat[1])
    np.testing.assert_allclose(coarse, fine, atol=1e-3)
