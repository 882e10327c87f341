"""The network quantised to int8 answers as the network does; where it does not, floats answer."""

import dataclasses

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from fer_core import runs
from fer_core.datasets.synthetic import make_faces
from fer_core.datasets.writing import write_dataset
from fer_core.evaluation import int8 as nearness
from fer_core.evaluation.predictions import predict_split
from fer_core.labels import FIVE
from fer_core.models import int8, saved_network
from fer_core.models.inference import int8_forward, network_forward
from fer_core.models.onnx_graph import to_onnx
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import open_run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Int8Agreement


@pytest.fixture(scope="module")
def network() -> saved_network.Network:
    """Two depthwise separable blocks with the batch normalisation that random faces give, and a head."""
    keras.utils.set_random_seed(0)
    face = keras.Input((48, 48, 1))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(face)
    x = unit(x, keras.layers.Conv2D(8, 3, strides=2, use_bias=False))
    x = unit(x, keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False))
    x = unit(x, keras.layers.Conv2D(16, 1, use_bias=False))
    x = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = unit(x, keras.layers.DepthwiseConv2D(3, strides=2, use_bias=False))
    x = unit(x, keras.layers.Conv2D(32, 1, use_bias=False))
    model = keras.Model(face, keras.layers.Dense(5, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))
    for _ in range(40):
        model(faces(4)[..., None].astype(np.float32), training=True)
    return saved_network.of_model(model)


def unit(x, convolution):
    return keras.layers.ReLU(6.0)(
        keras.layers.BatchNormalization(momentum=0.9, gamma_initializer=keras.initializers.Constant(2.0))(convolution(x))
    )


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, 48, 48), dtype=np.uint8)


def test_convolutions_but_the_first_are_whole_numbers(network):
    made = int8.quantised(to_onnx(network))
    kinds = [node.op_type for node in made.graph.node]
    assert (kinds.count("Conv"), kinds.count("QLinearConv"), kinds.count("DequantizeLinear")) == (1, 4, 1)
    assert not {"BatchNormalization", "Clip"} & set(kinds)


def test_it_answers_nearly_as_in_floats(network):
    exact = network_forward(network)(faces(64))
    near = int8_forward(network)(faces(64))
    assert np.abs(exact - near).max() < 0.03 * np.ptp(exact, axis=1).mean()
    assert np.abs(exact - near).max() > 0


def test_a_channel_whose_kernel_is_nearly_0_keeps_its_bias(network):
    """As weight decay leaves some: the kernel gives nothing, batch normalisation all."""
    weights = {name: dict(values) for name, values in network.weights.items()}
    convolution = next(name for name, values in weights.items() if values.get("kernel", np.zeros(0)).shape == (1, 1, 8, 16))
    normal = next(name for name, values in weights.items() if len(values.get("gamma", ())) == 16)
    weights[convolution]["kernel"] = weights[convolution]["kernel"] * np.where(np.arange(16) < 8, 1e-14, 1).astype(np.float32)
    weights[normal]["beta"] = np.full(16, 2, np.float32)
    changed = dataclasses.replace(network, weights=weights)
    exact, near = network_forward(changed)(faces(16)), int8_forward(changed)(faces(16))
    assert np.abs(exact - near).max() < 0.1 * np.abs(exact).mean()


def test_any_number_of_faces(network):
    ask = int8_forward(network)
    assert [ask(faces(count)).shape for count in (1, 0, 3)] == [(1, 5), (0, 5), (3, 5)]


def test_another_activation_has_no_such_form():
    face = keras.Input((48, 48, 1))
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(face)))
    model = keras.Model(face, keras.layers.Dense(5, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))
    assert int8_forward(saved_network.of_model(model)) is None


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (5.5, 2.0), (-1.0, 0.5), (3.0, 0.0)])
def test_mean_after_clipping(mean, deviation):
    found = int8.clipped_mean(np.array([mean]), np.array([deviation]))[0]
    if deviation:
        inside, _ = quad(lambda x: x * norm.pdf(x, mean, deviation), 0, 6)
        assert found == pytest.approx(inside + 6 * norm.sf(6, mean, deviation), abs=1e-6)
    else:
        assert found == pytest.approx(mean)


def test_photos_by_the_bundled_run_are_answered_so_and_nearly_the_same(workspace):
    run = open_run("bundled")
    assert run.int8_agreement().near
    made = load_predictor(run)
    drawn = make_faces(40, 0).images
    exact, near = (made.probabilities(made.logits(drawn, quick=quick)) for quick in (False, True))
    assert 0 < np.abs(exact - near).mean() < 0.01


@pytest.mark.parametrize(
    ("measured", "quick"),
    [
        (None, False),
        (Int8Agreement(n=100, agreement=0.97, mean=0.002, largest=0.1), False),
        (Int8Agreement(n=100, agreement=0.99, mean=0.02, largest=0.1), False),
        (Int8Agreement(n=100, agreement=0.99, mean=0.002, largest=0.1), True),
    ],
)
def test_floats_answer_where_whole_numbers_are_not_near(bundled_copy, measured, quick):
    if measured is not None:
        bundled_copy.write(measured)
    made = load_predictor(bundled_copy)
    assert (not np.array_equal(made.logits(faces(4), quick=True), made.logits(faces(4)))) is quick


@pytest.mark.parametrize(
    ("plain", "threshold", "mirrored"),
    [
        ([0.95, 0.03, 0.01, 0.005, 0.005], 0.0, False),
        ([0.85, 0.12, 0.01, 0.01, 0.01], 0.0, False),
        ([0.80, 0.15, 0.02, 0.02, 0.01], 0.0, True),
        ([0.85, 0.12, 0.01, 0.01, 0.01], 0.7, True),
        ([0.95, 0.03, 0.01, 0.005, 0.005], 0.7, False),
        ([0.95, 0.03, 0.01, 0.005, 0.005], 0.78, True),
    ],
)
def test_a_photo_is_mirrored_where_that_may_change_its_answer(bundled_copy, plain, threshold, mirrored):
    """Of two faces the first is as said, the second certain; a mirrored face is known by its bright left edge."""
    bundled_copy.write(Int8Agreement(n=100, agreement=1, mean=0, largest=0))
    bundled_copy.write(Calibration(temperature=2.0, threshold=threshold))
    made, asked = load_predictor(bundled_copy), []
    said, certain, mirror = 2 * np.log(np.array([plain, [0.996] + 4 * [0.001], 5 * [0.2]], np.float32))

    def quick(shown):
        asked.append(len(shown))
        return np.stack([mirror if face[0, 0] == 255 else certain if face[0, 1] == 1 else said for face in shown])

    made.quick = quick
    shown = np.zeros((2, 48, 48), np.uint8)
    shown[:, :, -1], shown[1, 0, 1] = 255, 1
    found = made.logits(shown, quick=True)
    assert asked == ([2, 1] if mirrored else [2])
    np.testing.assert_allclose(found[0], (said + mirror) / 2 if mirrored else said, atol=1e-6)
    np.testing.assert_array_equal(found[1], certain)


def test_without_flip_no_photo_is_mirrored(bundled_copy):
    bundled_copy.write(Int8Agreement(n=100, agreement=1, mean=0, largest=0))
    bundled_copy.write(Calibration(flip=False))
    made = load_predictor(bundled_copy)
    np.testing.assert_array_equal(made.logits(faces(3), quick=True), int8_forward(made.network)(faces(3)))


def test_what_is_scored_is_answered_in_floats(bundled_copy):
    without = load_predictor(bundled_copy).logits(faces(4))
    bundled_copy.write(Int8Agreement(n=100, agreement=1, mean=0, largest=0))
    np.testing.assert_array_equal(load_predictor(bundled_copy).logits(faces(4)), without)


def test_measured_on_validation_faces_of_the_classes(bundled_copy, monkeypatch):
    images, labels = faces(12), [*FIVE, "sad", *FIVE, "happy"]
    samples = pd.DataFrame({"label": labels, "split": ["validation"] * 6 + ["train"] * 6})
    dataset = write_dataset("faces", images, samples, classes=(*FIVE, "sad"), kind="folders", source="test")
    asked = []
    monkeypatch.setattr(
        Predictor, "logits", lambda self, found, **_: asked.append(found) or np.eye(5, dtype=np.float32)[: len(found)]
    )
    found = nearness.measure(bundled_copy, dataset)
    assert (found.n, found.agreement, found.mean) == (5, 1.0, 0.0)
    assert all(np.array_equal(part, images[:5]) for part in asked)


def test_kept_predictions_stand_for_the_floats(bundled_copy):
    samples = pd.DataFrame({"label": [*FIVE, *FIVE], "split": ["validation"] * 10})
    dataset = write_dataset("faces", faces(10), samples, classes=FIVE, kind="folders", source="test")
    asked = nearness.measure(bundled_copy, dataset)
    predict_split(bundled_copy, dataset, "validation")
    kept = nearness.measure(bundled_copy, dataset)
    assert (kept.n, kept.agreement) == (asked.n, asked.agreement)
    assert (kept.mean, kept.largest) == pytest.approx((asked.mean, asked.largest), abs=1e-6)


@pytest.fixture
def bundled_copy(workspace) -> runs.Run:
    """A run with the bundled network, of which nobody has measured how near it is in whole numbers."""
    bundled = open_run("bundled")
    made = runs.create(preset_config("faces"))
    made.model_file.write_bytes(bundled.model_file.read_bytes())
    made.write(bundled.training())
    return made


def test_a_model_that_is_replaced_takes_its_measurement_with_it(bundled_copy):
    bundled_copy.write(Int8Agreement(n=100, agreement=1, mean=0, largest=0))
    bundled_copy.forget_predictions()
    assert bundled_copy.int8_agreement() is None
