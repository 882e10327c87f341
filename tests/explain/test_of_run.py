"""A run's maps: the closed form of Grad-CAM on the last map, and what still asks the Keras model."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from backbones import EVERY

from fer_core import runs
from fer_core.errors import InputError, RunError
from fer_core.explain import cam
from fer_core.explain.methods import BATCH
from fer_core.explain.of_run import explain_faces
from fer_core.explain.saliency import explain
from fer_core.models import classifier, saved_network
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs.config import preset_config

ROOT = Path(__file__).parents[2]
LAST = "conv_pw_13_relu"


@pytest.fixture(scope="module")
def bundled() -> Predictor:
    return load_predictor(runs.open_run("bundled"))


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 48, 48)).astype(np.uint8)


@pytest.mark.parametrize("against", [None, 4])
def test_the_closed_form_is_grad_cam(bundled, against) -> None:
    given, targets = faces(BATCH + 4), np.arange(BATCH + 4) % 4
    expected = explain(bundled.model, given, targets=targets, against=against, layer=LAST)
    seen: list[float] = []
    made = explain_faces(bundled, given, targets=targets, against=against, progress=lambda share, text: seen.append(share))
    assert seen == [BATCH / (BATCH + 4), 1.0]
    assert any(not one.empty for one in expected)
    for one, other in zip(made, expected, strict=True):
        for name in ("layer", "size", "target", "against", "empty", "method", "channels"):
            assert getattr(one, name) == getattr(other, name)
        np.testing.assert_allclose(one.saliency, other.saliency, atol=1e-4)


@pytest.mark.parametrize(("method", "layer"), [("gradcam", "conv_pw_5_relu"), ("layercam", LAST), ("smoothgrad", None)])
def test_everything_else_asks_the_keras_model(bundled, method, layer) -> None:
    one = explain_faces(bundled, faces(1), method=method, targets=np.array([1]), layer=layer)[0]
    other = explain(bundled.model, faces(1), method=method, targets=np.array([1]), layer=layer)[0]
    assert one.layer == other.layer
    np.testing.assert_allclose(one.saliency, other.saliency, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": np.array([5])}, "class number from 0 to 4; got 5"),
        ({"targets": np.array([1]), "method": "magic"}, "The method must be one of"),
        ({"targets": np.array([1]), "layer": "nowhere"}, "such as conv_pw_13_relu.*; got 'nowhere'"),
        ({"targets": np.array([1]), "against": 1}, "another class than the one it is compared with"),
    ],
)
def test_wrong_arguments(bundled, options, message) -> None:
    with pytest.raises(InputError, match=message):
        explain_faces(bundled, faces(1), **options)


def test_wrong_faces(bundled) -> None:
    with pytest.raises(InputError, match=r"Faces must be \(N, S, S\) or \(N, S, S, 3\) uint8"):
        explain_faces(bundled, np.zeros((48, 48), np.uint8), targets=np.array([0]))


def test_no_faces_no_explanations(bundled) -> None:
    assert explain_faces(bundled, faces(0), targets=np.empty(0, int)) == []


@pytest.mark.parametrize("backbone", EVERY)
def test_layers_are_known_without_keras(backbone) -> None:
    config = preset_config("x", backbone=backbone, resolution=64, weights="random")
    model = classifier.build(config, ("angry", "happy"), weights=None)
    network = saved_network.of_model(model)
    assert cam.layers(network) == cam.layers(model)
    assert cam.default_layer(network) == cam.default_layer(model)
    for layer in ("face", "normalise", "pool", cam.layers(model)[0].name):
        assert _choice(network, layer) == _choice(model, layer)
    assert network.pooled_layer == model.get_layer("pool").input._keras_history[0].name


def _choice(network, layer):
    try:
        return cam.check_layer(network, layer)
    except InputError:
        return None


def test_a_network_with_another_end_has_no_closed_form() -> None:
    from keras import Input, Model, layers

    face = Input((48, 48, 1), name="face")
    x = layers.ReLU(name="map")(layers.Conv2D(4, 3, name="conv")(face))
    pooled = layers.GlobalAveragePooling2D(name="pool")(x)
    ends = (
        layers.Dense(2, activation="softmax")(pooled),
        layers.Dense(2)(layers.Dense(3)(pooled)),
        layers.Dense(2)(layers.Flatten()(x)),
        layers.Dense(2)(layers.Concatenate()([pooled, pooled])),
    )
    assert [saved_network.of_model(Model(face, end)).pooled_layer for end in ends] == [None] * 4
    assert saved_network.of_model(Model(face, layers.Dense(2)(layers.Dropout(0.1)(pooled)))).pooled_layer == "map"
    model = Model(face, ends[1])
    run = runs.open_run("bundled")
    predictor = Predictor(run, saved_network.of_model(model), ("angry", "happy"), run.calibration(), load=lambda _: model)
    with pytest.raises(RunError, match="does not answer from the mean of feature maps"):
        _ = predictor.feature_maps
    assert explain_faces(predictor, faces(1), targets=np.array([1]))[0].layer == "map"


def test_the_default_map_of_a_run_imports_no_tensorflow() -> None:
    program = """
import sys
import numpy as np
from fer_core.explain.of_run import explain_faces
from fer_core.predictor import load_predictor
from fer_core.runs import open_run

faces = np.random.default_rng(0).integers(0, 256, (1, 48, 48)).astype(np.uint8)
made = explain_faces(load_predictor(open_run("bundled")), faces, targets=np.array([0]))
print(made[0].layer, "tensorflow" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.split() == [LAST, "False"]
