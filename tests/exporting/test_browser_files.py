"""What a browser is given: a run's network with its maps, the detector at another size, and what is said about them."""

import base64

import cv2
import numpy as np
import onnxruntime
import pytest

from fer_core import runs
from fer_core.errors import RunError, WeightsError
from fer_core.explain.overlay import coloured
from fer_core.exporting import browser
from fer_core.labels import FIVE
from fer_core.lesson import drawn_people
from fer_core.photos.detection import quick_search
from fer_core.predictor import load_predictor
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Training


@pytest.fixture
def run(workspace, tiny_model) -> runs.Run:
    made = runs.create(preset_config("Noise", "quick"))
    made.write(Training(dataset="Noise", fingerprint="0", classes=FIVE))
    made.write(Calibration(temperature=2.0, threshold=0.9, flip=True))
    made.model_file.write_bytes(tiny_model)
    return made


def test_a_network_answers_as_the_run_does(run):
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    session = onnxruntime.InferenceSession(browser.network_file(run, int8=False), providers=["CPUExecutionProvider"])
    logits = session.run(None, {"face": faces[..., None].astype(np.float32)})[0]
    mirrored = session.run(None, {"face": faces[:, :, ::-1, None].astype(np.float32)})[0]
    np.testing.assert_allclose((logits + mirrored) / 2, load_predictor(run).logits(faces), atol=1e-5)


def test_only_a_mobilenet_has_8_bits(run):
    with pytest.raises(RunError, match="Only a MobileNet"):
        browser.network_file(run, int8=True)


def test_what_is_said_of_a_run(run):
    said = browser.about(run)
    assert [entry["name"] for entry in said["classes"]] == list(FIVE)
    assert said["classes"][3] == {"name": "happy", "shown": "Happy", "colour": "#E69F00"}
    assert (said["temperature"], said["threshold"], said["flip"]) == (2.0, 0.9, True)
    assert said["shift"] == (0.0,) * 5
    shares = (0.1, 0.1, 0.2, 0.4, 0.2)
    run.write(Calibration(prior_tau=0.5, prior=shares))
    assert browser.about(run)["shift"] == pytest.approx([0.5 * np.log(share) for share in shares])
    assert base64.b64decode(said["scale"])[-3:] == coloured(np.ones((1, 1)))[0, 0].tobytes()


def test_the_detector_finds_the_face_at_its_smaller_size():
    frame = np.dstack([drawn_people.clip(1, 1)[0]] * 3)
    small = cv2.resize(frame, (320, 240), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((*browser.DETECTOR_SIZE, 3), np.uint8)
    canvas[:240] = small
    session = onnxruntime.InferenceSession(browser.detector_file(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = dict(
        zip(names, session.run(None, {"input": canvas[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)}), strict=True)
    )
    scores = {stride: np.sqrt(found[f"cls_{stride}"] * found[f"obj_{stride}"]).max() for stride in (8, 16, 32)}
    (box, *_), _ = quick_search(small, side=320)
    assert max(scores.values()) == pytest.approx(box[4], abs=0.02)


@pytest.mark.parametrize("person", drawn_people.PEOPLE)
def test_the_sheets_that_ship_show_what_is_drawn(person):
    content = np.frombuffer(drawn_people.sheet_file(person).read_bytes(), np.uint8)
    shipped = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    assert shipped.shape == (3 * drawn_people.TILE, 3 * drawn_people.TILE, 4)
    drawn = drawn_people._tile(person, *drawn_people.POSES[2])
    tile = shipped[: drawn_people.TILE, 2 * drawn_people.TILE :]
    solid = drawn[..., 3] > 250
    assert np.abs(tile[solid][:, :3].astype(int) - drawn[solid][:, :3]).mean() < 3
    assert np.abs(tile[..., 3].astype(int) - drawn[..., 3]).mean() < 1


@pytest.mark.parametrize("imagenet", [False, True], ids=["of the run", "ImageNet's"])
def test_features_are_the_means_of_the_last_maps(imagenet):
    run = runs.open_run("bundled")
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype=np.uint8)
    session = onnxruntime.InferenceSession(browser.features_file(run, imagenet=imagenet), providers=["CPUExecutionProvider"])
    (maps,) = session.run(None, {"face": faces[..., None].astype(np.float32)})
    own = load_predictor(run).feature_maps(faces)
    assert maps.shape == own.shape == (2, 1024, 6, 6)
    assert np.allclose(maps, own, atol=1e-4) is not imagenet


def test_features_of_a_run_without_weights_of_imagenet(run):
    assert browser.has_imagenet(run)
    with pytest.raises(WeightsError, match="this network's backbone"):
        browser.features_file(run, imagenet=True)
