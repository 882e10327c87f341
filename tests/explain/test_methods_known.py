"""All methods on a network whose right answer is known: it looks at two quarters of the face and at nothing else."""

import dataclasses
import functools

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain import gradients
from fer_core.explain.contrast import selection
from fer_core.explain.masking import blank
from fer_core.explain.methods import METHODS
from fer_core.explain.saliency import Explanation, explain

BOTH, LOWER, NOTHING, FALLS = range(4)


def explain_one(model, face: np.ndarray, *, target: int, **how) -> Explanation:
    return explain(model, face[None], targets=np.array([target]), **how)[0]


@pytest.fixture
def one_channel(monkeypatch) -> None:
    """Score-CAM tries one channel."""
    row = METHODS["scorecam"]
    function = functools.partial(row.function, channels=1)
    monkeypatch.setitem(METHODS, "scorecam", dataclasses.replace(row, function=function, channels=1))


@pytest.fixture(scope="module")
def network():
    """Logits: both quarters, the lower right one, nothing, and less for a brighter upper left one."""
    from keras import Input, Model, layers

    face = Input((48, 48, 1), name="face")
    x = layers.Rescaling(1 / 255, name="normalise")(face)
    upper = layers.ZeroPadding2D(((0, 24), (0, 24)))(layers.Cropping2D(((0, 24), (0, 24)))(x))
    lower = layers.ZeroPadding2D(((24, 0), (24, 0)))(layers.Cropping2D(((24, 0), (24, 0)))(x))
    x = layers.Concatenate()([upper, lower])
    x = layers.Conv2D(2, 1, activation="relu", use_bias=False, name="fine")(x)
    x = layers.AveragePooling2D(4)(x)
    x = layers.Conv2D(2, 1, activation="relu", use_bias=False, name="coarse")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = Model(face, layers.Dense(4, use_bias=False, name="logits")(x))
    for name in ("fine", "coarse"):
        model.get_layer(name).set_weights([np.eye(2, dtype=np.float32)[None, None]])
    model.get_layer("logits").set_weights([np.array([[9, 0, 0, -9], [9, 9, 0, 0]], np.float32)])
    return model


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """Bright, with some grain, in the two quarters; dark elsewhere."""
    grain = np.random.default_rng(0).integers(0, 40, (48, 48))
    bright = np.kron(np.eye(2), np.ones((24, 24))) * 170
    return (bright + grain).astype(np.uint8)


def shares(heat: np.ndarray) -> tuple[float, float]:
    """Shares of a map in the upper left and in the lower right quarter."""
    return float(heat[:24, :24].sum() / heat.sum()), float(heat[24:, 24:].sum() / heat.sum())


@pytest.mark.parametrize("method", METHODS)
def test_the_map_lies_where_the_network_looks(network, face, method):
    upper, lower = shares(explain_one(network, face, method=method, target=BOTH).saliency)
    assert upper == pytest.approx(0.5, abs=0.1)
    assert lower == pytest.approx(0.5, abs=0.1)
    assert upper + lower > 0.85


@pytest.mark.parametrize("method", METHODS)
def test_why_one_class_and_not_another(network, face, method):
    """What speaks for both classes alike falls out of the difference."""
    made = explain_one(network, face, method=method, target=BOTH, against=LOWER)
    upper, lower = shares(made.saliency)
    assert upper > 0.85
    assert lower < 0.05
    assert (made.target, made.against) == (BOTH, LOWER)


@pytest.mark.parametrize("method", METHODS)
def test_a_class_that_does_not_look_has_an_empty_map(network, face, method):
    made = explain_one(network, face, method=method, target=NOTHING)
    assert made.empty
    assert not made.saliency.any()


@pytest.mark.parametrize("method", METHODS)
def test_evidence_against_a_class_is_not_shown_as_evidence_for_it(network, face, method):
    """But SmoothGrad shows where the logit is sensitive, whichever way, and Score-CAM the channel that does the least harm."""
    empty = explain_one(network, face, method=method, target=FALLS).empty
    assert empty is (method not in ("smoothgrad", "scorecam"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("one_channel")
def test_what_a_map_was_made_on_is_said(network, face, method):
    made = explain_one(network, face, method=method, target=BOTH, layer="fine" if METHODS[method].on_layer else "nowhere")
    assert made.layer == ("fine" if METHODS[method].on_layer else "")
    assert made.size == ((12, 12) if method == "occlusion" else (48, 48))
    assert made.channels == ((1, 2) if method == "scorecam" else None)
    assert made.against is None
    assert made.saliency.dtype == np.float32
    assert (made.saliency.min(), made.saliency.max()) == (0, 1)


def test_integrated_gradients_add_up_to_what_the_face_adds_to_the_logit(network, face):
    found = gradients.integrated_gradients(network, face, np.array([1, 0, 0, 0], np.float32), steps=8)
    whole, nothing = np.asarray(network(np.stack([face, blank(face)])[..., None].astype(np.float32)))[:, BOTH]
    assert found.sum() == pytest.approx(whole - nothing, rel=1e-3)


@pytest.mark.parametrize(("method", "steps"), [("layercam", [16, 18]), ("occlusion", [1, 2])])
def test_progress_counts_faces(network, face, method, steps):
    told: list[float] = []
    count = steps[-1]
    faces, targets = np.stack([face, face[:, ::-1]] * 9)[:count], np.array([BOTH, LOWER] * 9)[:count]
    made = explain(network, faces, method=method, targets=targets, progress=lambda share, text: told.append(share))
    assert told == [step / count for step in steps]
    assert [one.target for one in made] == targets.tolist()


def test_each_face_is_held_against_its_own_class(network, face):
    made = explain(network, np.stack([face, face]), targets=np.array([BOTH, BOTH]), against=np.array([LOWER, NOTHING]))
    assert [shares(one.saliency)[1] > 0.4 for one in made] == [False, True]
    assert [one.against for one in made] == [LOWER, NOTHING]


@pytest.mark.parametrize(
    ("targets", "against", "message"),
    [
        ([0, 1], 1, "must be another class than the one it is compared with; both are 1"),
        ([0, 1], 3, "The class it is compared with must be a class number from 0 to 2; got 3"),
        ([0, 1], [2], "one whole number as class it is compared with for each of 2 faces"),
        ([0, 1], 0.5, "one whole number as class it is compared with"),
    ],
)
def test_what_cannot_be_held_against_each_other(targets, against, message):
    with pytest.raises(InputError, match=message):
        selection(targets, against, faces=2, classes=3)


def test_weights_of_the_logits():
    np.testing.assert_array_equal(selection([0, 2], 1, faces=2, classes=3), [[1, -1, 0], [0, -1, 1]])
    np.testing.assert_array_equal(selection([0, 2], None, faces=2, classes=3), [[1, 0, 0], [0, 0, 1]])
