"""Grad-CAM on networks whose right answer is known, and on the real classifier."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain import cam, methods
from fer_core.explain.methods import METHODS
from fer_core.explain.saliency import Explanation, explain, normalised

DARK = np.zeros((48, 48), np.uint8)


def explain_one(model, face: np.ndarray, *, target, **how) -> Explanation:
    return explain(model, face[None], targets=np.array([target]), **how)[0]


def spot(row: int, column: int, size: int = 8) -> np.ndarray:
    """A black face with a white square whose middle is near (row, column)."""
    face = DARK.copy()
    face[row - size // 2 : row + size // 2, column - size // 2 : column + size // 2] = 255
    return face


@pytest.fixture(scope="module")
def brightness_model():
    """Flat: class 0 rises with bright pixels, class 1 falls with them, class 2 does not look at all."""
    from keras import Input, Model, layers

    face = Input((48, 48, 1), name="face")
    x = layers.Rescaling(1 / 255, name="normalise")(face)
    x = layers.AveragePooling2D(2, name="halve")(x)
    x = layers.Conv2D(2, 1, name="coarse_conv")(x)
    x = layers.ReLU(name="act_24")(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2D(2, 1, use_bias=False, name="conv_12")(x)
    x = layers.ReLU(name="act_12")(x)
    x = layers.AveragePooling2D(4)(x)
    x = layers.ReLU(name="act_3")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = Model(face, layers.Dense(3, name="logits")(x))
    identity = np.eye(2, dtype=np.float32)[None, None]
    one_channel = np.array([[[[1.0, 0.0]]]], np.float32)
    model.get_layer("coarse_conv").set_weights([one_channel, np.zeros(2, np.float32)])
    model.get_layer("conv_12").set_weights([identity])
    model.get_layer("logits").set_weights([np.array([[1, -1, 0], [0, 0, 0]], np.float32), np.zeros(3, np.float32)])
    return model


@pytest.fixture(scope="module")
def mobilenet():
    from keras import Input, Model, applications, layers, utils

    utils.set_random_seed(0)
    face = Input((48, 48, 1), name="face")
    x = layers.Resizing(96, 96, name="resize")(face)
    x = layers.Concatenate(name="rgb")([x, x, x])
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="normalise")(x)
    body = applications.MobileNet(include_top=False, weights=None, input_tensor=x)
    x = layers.GlobalAveragePooling2D(name="pool")(body.output)
    return Model(face, layers.Dense(5, name="logits")(x))


def test_layers_of_the_classifier(mobilenet) -> None:
    assert [(choice.name, choice.height, choice.width, choice.channels) for choice in cam.layers(mobilenet)] == [
        ("conv_pw_13_relu", 3, 3, 1024),
        ("conv_pw_11_relu", 6, 6, 512),
        ("conv_pw_5_relu", 12, 12, 256),
        ("conv_pw_3_relu", 24, 24, 128),
        ("conv_pw_1_relu", 48, 48, 64),
    ]
    assert cam.default_layer(mobilenet) == "conv_pw_11_relu"


def test_a_network_with_coarse_maps_only_shows_the_finest() -> None:
    from keras import Input, Model, layers

    face = Input((48, 48, 1))
    x = layers.Conv2D(2, 12, strides=12, activation="relu", name="four")(face)
    y = layers.Conv2D(2, 2, strides=2, activation="relu", name="two")(x)
    model = Model(face, layers.Dense(2)(layers.GlobalAveragePooling2D()(y)))
    assert cam.default_layer(model) == "four"
    assert explain_one(model, spot(20, 20), target=0).size == (4, 4)


def test_a_network_without_maps_is_refused() -> None:
    from keras import Input, Model, layers

    face = Input((48, 48, 1))
    model = Model(face, layers.Dense(2)(layers.Flatten()(face)))
    with pytest.raises(InputError, match="no layer with feature maps"):
        explain_one(model, DARK, target=0)


@pytest.mark.parametrize("layer", [None, "act_24"])
@pytest.mark.parametrize(("row", "column"), [(12, 12), (12, 36), (36, 20)])
def test_the_map_lies_on_the_evidence(brightness_model, layer: str | None, row: int, column: int) -> None:
    explanation = explain_one(brightness_model, spot(row, column), target=0, layer=layer)
    heat = explanation.saliency
    assert heat.shape == (48, 48)
    assert heat.dtype == np.float32
    assert heat.min() == 0
    assert heat.max() == 1
    assert explanation.layer == (layer or "act_12")
    assert not explanation.empty
    rows, columns = np.mgrid[:48, :48] + 0.5
    centre = (heat * rows).sum() / heat.sum(), (heat * columns).sum() / heat.sum()
    assert centre == pytest.approx((row, column), abs=0.6)


@pytest.mark.parametrize("target", [1, 2])
def test_no_positive_evidence_is_said(brightness_model, target: int) -> None:
    explanation = explain_one(brightness_model, spot(20, 20), target=target)
    assert explanation.empty
    np.testing.assert_array_equal(explanation.saliency, np.zeros((48, 48)))


def test_each_face_has_its_own_target(brightness_model) -> None:
    faces = np.stack([spot(12, 12), spot(36, 36), spot(12, 36)] * 7)
    several = explain(brightness_model, faces, targets=np.array([0, 1, 0] * 7))
    assert [found.empty for found in several] == [False, True, False] * 7
    for face, found in zip(faces, several, strict=True):
        alone = explain_one(brightness_model, face, target=found.target)
        np.testing.assert_allclose(found.saliency, alone.saliency, atol=1e-5)


def test_no_faces_no_explanations(brightness_model) -> None:
    assert explain(brightness_model, np.empty((0, 48, 48), np.uint8), targets=np.empty(0, int)) == []


def test_nothing_is_warned_and_the_model_stays_as_it_is(mobilenet) -> None:
    before = json.dumps(mobilenet.get_config(), default=str)
    explain_one(mobilenet, spot(20, 20), target=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explain_one(mobilenet, spot(20, 20), target=1)
    assert json.dumps(mobilenet.get_config(), default=str) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 3}, "The target must be a class number from 0 to 2; got 3"),
        ({"target": -1}, "The target must be a class number from 0 to 2; got -1"),
        ({"target": 0.5}, "one whole number as target"),
        ({"target": 0, "method": "magic"}, "The method must be one of gradcam.*; got 'magic'"),
        ({"target": 0, "layer": "nowhere"}, "such as act_3, act_12, act_24; got 'nowhere'"),
        ({"target": 0, "layer": "pool"}, "one with feature maps.*; got 'pool'"),
        ({"target": 0, "layer": "face"}, "such as act_3, act_12, act_24; got 'face'"),
        ({"target": 0, "layer": "halve"}, "one with feature maps.*; got 'halve'"),
    ],
)
def test_wrong_arguments(brightness_model, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        explain_one(brightness_model, DARK, **options)


@pytest.mark.parametrize("face", [np.zeros((64, 64), np.uint8), np.zeros((48, 48, 1), np.uint8), np.zeros((48, 48))])
def test_wrong_faces(brightness_model, face: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"Faces must be \(N, S, S\)|takes faces of 48x48 grey; got 64x64 grey"):
        explain_one(brightness_model, face, target=0)


def test_cells_keep_their_place_when_enlarged() -> None:
    evidence = np.zeros((6, 6), np.float32)
    evidence[1, 4] = 3
    heat = normalised(evidence)
    rows, columns = np.mgrid[:48, :48] + 0.5
    assert (heat * rows).sum() / heat.sum() == pytest.approx(12, abs=0.3)
    assert (heat * columns).sum() / heat.sum() == pytest.approx(36, abs=0.3)
    assert heat.max() == 1


@pytest.mark.parametrize(
    ("evidence", "empty"),
    [
        (np.zeros((3, 3)), True),
        (np.full((3, 3), -1.0), True),
        (np.full((3, 3), np.nan), True),
        (np.full((6, 6), 1e-9), False),
        (np.full((6, 6), 1e9), False),
    ],
)
def test_normalised_is_0_to_1(evidence: np.ndarray, empty: bool) -> None:
    heat = normalised(evidence)
    assert heat.shape == (48, 48)
    np.testing.assert_allclose(heat, 0 if empty else 1, atol=1e-5)


def test_names_are_the_commands() -> None:
    expected = ("gradcam", "gradcam++", "layercam", "scorecam", "smoothgrad", "integrated-gradients", "occlusion")
    assert tuple(METHODS) == expected


def test_importing_imports_no_tensorflow() -> None:
    imported = "import sys, fer_core.explain.saliency, fer_core.explain.overlay, fer_core.photos.faces"
    program = f"{imported}; print('tensorflow' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=methods.__file__[: -len("fer_core/explain/methods.py")],
    )
    assert answer.stdout.strip() == "False"
