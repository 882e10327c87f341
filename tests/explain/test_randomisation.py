"""Similarity of maps with values known by hand, and a network whose weights are made random from the top."""

import keras
import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain.randomisation import TRAINED, cascade, rank_correlation, ssim, stages

SLOPE = np.tile(np.linspace(0, 1, 48, dtype=np.float32), (48, 1))
FLAT = np.full((48, 48), 0.5, np.float32)


@pytest.fixture(scope="module")
def model(tiny_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("randomisation") / "model.keras"
    path.write_bytes(tiny_model)
    return keras.models.load_model(path)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (SLOPE, SLOPE, 1.0),
        # Two flat maps differ in brightness alone: (2ab + c) / (a² + b² + c) with c = 0.01².
        (FLAT, FLAT / 2, (2 * 0.125 + 1e-4) / (0.25 + 0.0625 + 1e-4)),
        (FLAT, np.zeros_like(FLAT), 1e-4 / (0.25 + 1e-4)),
    ],
)
def test_structural_similarity(first, second, expected):
    assert ssim(first, second) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("second", "expected"), [(SLOPE, 1.0), (SLOPE**3, 1.0), (1 - SLOPE, -1.0), (SLOPE.T, 0.0), (np.zeros_like(FLAT), 0.0)]
)
def test_rank_correlation(second, expected):
    assert rank_correlation(SLOPE, second) == pytest.approx(expected, abs=1e-9)


def test_maps_of_two_shapes_are_not_compared():
    with pytest.raises(InputError, match="one shape"):
        ssim(SLOPE, SLOPE[:24])


def test_stages_from_the_output_down(model):
    assert stages(model) == [("logits", ("logits",)), ("late", ("late",)), ("early", ("early",))]
    assert stages(model, {"late": "body", "early": "body"}) == [("logits", ("logits",)), ("body", ("late", "early"))]


def test_cascade_starts_at_the_trained_map_and_leaves_the_model_alone(model):
    before = [weight.copy() for weight in model.get_weights()]
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48)).astype(np.uint8)
    said: list[float] = []
    made = cascade(model, faces, np.array([0, 3]), layer="late", progress=lambda share, text: said.append(share))
    assert made.steps == (TRAINED, "logits", "late", "early")
    assert made.maps.shape == (4, 2, 48, 48)
    assert made.ssim[0] == pytest.approx([1, 1])
    assert (made.ssim[1:] < 0.99).all()
    assert (made.rank[1:] < 0.999).all()
    assert (made.chance_rank < 0.5).all()
    assert said == [0.25, 0.5, 0.75, 1]
    assert all((old == new).all() for old, new in zip(before, model.get_weights(), strict=True))
