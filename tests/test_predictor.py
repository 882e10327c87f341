import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fer_core import predictor, runs
from fer_core.datasets.writing import write_dataset
from fer_core.errors import InputError, RunError
from fer_core.evaluation.predictions import find_split, predict_split
from fer_core.labels import FIVE
from fer_core.models import inference
from fer_core.photos.faces import find_faces
from fer_core.photos.frame import FER, Frame, converted
from fer_core.photos.reading import read_file
from fer_core.runs.config import preset_config
from fer_core.runs.records import About, Calibration, Training

CLASSES = FIVE
PORTRAIT = Path(__file__).parent / "fixtures" / "astronaut.jpg"


@pytest.fixture
def run(workspace, tiny_model):
    made = runs.create(preset_config("faces", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="faces", fingerprint="0" * 16, classes=CLASSES))
    return made


def faces(count):
    return np.random.default_rng(3).integers(0, 256, (count, 48, 48), dtype=np.uint8)


def test_flip_averages_with_the_mirror_image(run):
    run.write(Calibration(flip=False))
    plain = predictor.load_predictor(run)
    run.write(Calibration(flip=True))
    flipped = predictor.load_predictor(run)
    both = (plain.logits(faces(5)) + plain.logits(faces(5)[:, :, ::-1])) / 2
    np.testing.assert_allclose(flipped.logits(faces(5)), both, atol=1e-5)


def test_the_frozen_network_answers_as_keras_does():
    """Folding batch normalisation and activations into the convolutions changes a logit by no more than rounding."""
    keras.utils.set_random_seed(0)
    face = keras.Input((48, 48, 1))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(face)
    for convolution in (keras.layers.Conv2D(8, 3, strides=2), keras.layers.DepthwiseConv2D(3), keras.layers.Conv2D(16, 1)):
        x = keras.layers.ReLU(6.0)(keras.layers.BatchNormalization()(convolution(x)))
    model = keras.Model(face, keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(x)))
    draw = np.random.default_rng(0)
    for variable in model.weights:
        low = 0.5 if "variance" in variable.name or "gamma" in variable.name else -0.5
        variable.assign(draw.uniform(low, 1.0, variable.shape))
    expected = model.predict(faces(9)[..., None], verbose=0)
    np.testing.assert_allclose(inference.model_forward(model)(faces(9)), expected, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.02


def test_one_forward_pass_takes_any_number_of_faces(run):
    ask = inference.model_forward(predictor.load_predictor(run).model)
    assert [ask(faces(count)).shape for count in (1, 8, 0, 2)] == [(1, 5), (8, 5), (0, 5), (2, 5)]


def test_later_changes_of_the_weights_do_not_matter(run):
    model = predictor.load_predictor(run).model
    ask = inference.model_forward(model)
    before = ask(faces(2))
    model.set_weights([value + 1 for value in model.get_weights()])
    np.testing.assert_array_equal(ask(faces(2)), before)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 33, 70])
def test_faces_that_are_dealt_out_to_cores_come_back_in_order(run, count, monkeypatch):
    monkeypatch.setattr(inference, "_threads", lambda: 3)
    ask = inference.network_forward(predictor.load_predictor(run).network)
    one_by_one = [ask(face[None]) for face in faces(count)]
    expected = np.concatenate(one_by_one) if one_by_one else np.empty((0, len(CLASSES)))
    np.testing.assert_allclose(ask(faces(count)), expected, atol=1e-5)


def test_no_more_threads_than_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(inference.os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert inference._threads() == 1


def test_no_faces_no_answers(run):
    assert predictor.load_predictor(run).logits(faces(0)).shape == (0, 5)


def test_batches_do_not_change_an_answer(run):
    made = predictor.load_predictor(run)
    shares: list[float] = []
    many = made.logits(faces(200), progress=lambda share, text: shares.append(share))
    np.testing.assert_allclose(many[150], made.logits(faces(200)[150:151])[0], atol=1e-4)
    assert shares == [0.32, 0.64, 0.96, 1.0]


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(1.0, [0.0900, 0.2447, 0.6652]), (2.0, [0.1863, 0.3072, 0.5065])],
)
def test_temperature_softens_probabilities(run, temperature, expected):
    run.write(Calibration(temperature=temperature))
    made = predictor.load_predictor(run).probabilities(np.array([[1.0, 2.0, 3.0]], np.float32))
    np.testing.assert_allclose(made[0], expected, atol=1e-4)


@pytest.mark.parametrize(("threshold", "sure"), [(0.0, True), (1.0, False)])
def test_threshold_makes_an_answer_unsure(run, threshold, sure):
    run.write(Calibration(threshold=threshold))
    answer = predictor.load_predictor(run).answers(faces(1))[0]
    assert answer.sure is sure
    assert answer.label == max(answer.probabilities, key=answer.probabilities.__getitem__)
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 40, 40), (1, 64, 60), (48, 48), (1, 48, 48, 1), (1, 240, 240, 3)])
def test_wrong_shape_is_refused(run, shape):
    with pytest.raises(InputError, match=r"S from 48 to 224; got \("):
        predictor.load_predictor(run).logits(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("frame", [Frame(112), Frame(96, "rgb"), Frame(48, "rgb")])
def test_faces_of_another_size_or_colour_are_converted(run, frame):
    made = predictor.load_predictor(run)
    assert made.frame == predictor.frame_of_run(run) == FER
    given = converted(faces(3), frame)
    assert given.shape[1:] == frame.shape
    np.testing.assert_array_equal(made.logits(given), made.logits(converted(given, FER)))
    assert predictor.conversion_words(frame, made.frame) == (
        f"The faces are {frame.words}, and this run takes 48x48 grey: they are converted before it is asked."
    )
    assert predictor.conversion_words(FER, made.frame) == ""


def test_a_photo_is_seen_in_the_frame_of_the_run(run):
    found = find_faces(read_file(PORTRAIT))[0]
    made = predictor.load_predictor(run)
    assert made.fitted_face(found) is found.grey
    made.network.layers[0]["config"]["batch_shape"] = [None, 112, 112, 3]
    np.testing.assert_array_equal(made.fitted_face(found), converted(found.crop_rgb[None], Frame(112, "rgb"))[0])


def test_run_without_model_is_refused(workspace):
    with pytest.raises(RunError, match="has no trained model yet"):
        predictor.load_predictor(runs.create(preset_config("faces")))


def test_a_full_disk_costs_the_keeping_and_not_the_answer(run, monkeypatch):
    def full(self, *rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs.Run, "write_predictions", full)
    samples = pd.DataFrame({"label": CLASSES * 2, "split": "test"})
    dataset = write_dataset("faces", faces(10), samples, classes=CLASSES, kind="folders", source="x")
    assert len(predict_split(run, dataset, "test")) == 10
    assert run.predictions(dataset.meta.fingerprint, "test") is None


def test_the_crowd_judges_other_faces_and_its_answers_are_kept_apart(run):
    votes = {f"votes_{name}": np.int8([8 if place == number else 0 for number in range(5)]) for place, name in enumerate(CLASSES)}
    samples = pd.DataFrame({"label": CLASSES[::-1], "split": "test", **votes, "votes_sad": np.int8([0, 0, 9, 8, 0])})
    dataset = write_dataset("faces", faces(5), samples, classes=CLASSES, kind="folders", source="x")
    imported = predict_split(run, dataset, "test")
    judged = predict_split(run, dataset, "test", labels="crowd")
    assert imported["label"].tolist() == [*CLASSES[::-1]]
    assert dict(zip(judged["sample"], judged["label"], strict=True)) == {0: CLASSES[0], 1: CLASSES[1], 4: CLASSES[4]}
    for labels, frame in (("imported", imported), ("crowd", judged)):
        pd.testing.assert_frame_equal(run.predictions(dataset.meta.fingerprint, "test", labels), frame)


def test_stored_predictions_without_their_columns_are_made_anew(run):
    samples = pd.DataFrame({"label": CLASSES * 4, "split": "test"})
    dataset = write_dataset("faces", faces(20), samples, classes=CLASSES, kind="folders", source="x")
    first = predict_split(run, dataset, "test")
    run.write_predictions(dataset.meta.fingerprint, "test", first.drop(columns="logit_happy"))
    pd.testing.assert_frame_equal(predict_split(run, dataset, "test"), first)


@pytest.mark.parametrize("damage", ["other ids", "other pixels", "another order", "fewer", "not a number", "zeros"])
def test_stored_predictions_of_other_samples_are_made_anew(run, damage):
    samples = pd.DataFrame({"label": CLASSES * 4, "split": "test"})
    dataset = write_dataset("faces", faces(20), samples, classes=CLASSES, kind="folders", source="x")
    first = predict_split(run, dataset, "test")
    pd.testing.assert_frame_equal(find_split(run, dataset, "test"), first)
    other = {
        "other ids": first.assign(sample=first["sample"] + 1000),
        "other pixels": first.assign(hash=first["hash"].str[::-1]),
        "another order": first.iloc[::-1],
        "fewer": first.head(7),
        "not a number": first.assign(logit_happy=np.nan),
        "zeros": first,
    }[damage]
    run.write_predictions(dataset.meta.fingerprint, "test", other)
    if damage == "zeros":
        file = next((run.path / "predictions").iterdir())
        file.write_bytes(bytes(file.stat().st_size))
    assert find_split(run, dataset, "test") is None
    pd.testing.assert_frame_equal(predict_split(run, dataset, "test"), first)
    pd.testing.assert_frame_equal(find_split(run, dataset, "test"), first)


def test_an_explanation_is_refused_when_the_model_has_been_replaced(run, tiny_model):
    """Answers and maps of one predictor are of one network; what a new epoch saved has to be loaded as a whole."""
    first = predictor.load_predictor(run)
    assert first.model.output_shape == (None, 5)
    second = predictor.load_predictor(run)
    run.model_file.write_bytes(tiny_model + b"\0")
    with pytest.raises(RunError, match="has been replaced; reload the page"):
        _ = second.model
    assert first.logits(faces(2)).shape == (2, 5)


def test_a_model_of_other_classes_is_refused(run):
    run.write(Training(dataset="faces", fingerprint="0" * 16, classes=CLASSES[:4]))
    with pytest.raises(RunError, match="names 4 classes, but its model answers 5"):
        predictor.load_predictor(run)


def test_a_photo_is_answered_without_tensorflow(workspace):
    """Its import takes several times as long as everything else together."""
    program = (
        "import sys; from fer_core.cli import main; "
        f"status = main(['predict', {str(PORTRAIT)!r}, '--model', 'bundled', '--json']); "
        "print(status, [name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    answered, said = done.stdout.splitlines()
    assert said == "0 []"
    assert json.loads(answered)[0]["faces"][0]["label"] == "happy"
    assert done.stderr == ""


def test_a_network_that_answers_nan_is_refused(run, tmp_path):
    model = keras.models.load_model(run.model_file)
    layer = model.get_layer("logits")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, np.full_like(bias, np.nan)])
    model.save(run.model_file)
    run.write(About(name="Mine"))
    loaded = predictor.load_predictor(run)
    for ask in (loaded.logits, loaded.answers):
        with pytest.raises(
            RunError, match=r"^The network of run 'Mine' answers with what is not a number, as its training diverged"
        ):
            ask(faces(3))
