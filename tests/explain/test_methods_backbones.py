"""Every method on every backbone, at 32 pixels with random weights."""

import functools

import numpy as np
import pytest

from fer_core.backbones import BACKBONES
from fer_core.explain import cam
from fer_core.explain.methods import LAYERED, METHODS, Effort, explain_all
from fer_core.models import classifier
from fer_core.runs.config import preset_config

TINY = Effort(channels=2, samples=1, steps=1)
FACE = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)


@functools.cache
def network(backbone: str):
    """Built once. One step gives normalisation the measures of the face; untouched, a random network answers all faces alike."""
    import keras

    keras.utils.set_random_seed(0)
    config = preset_config("x", backbone=backbone, resolution=32, weights="random", dropout=0)
    model = classifier.build(config, ("angry", "happy", "neutral"), weights=None)
    for layer in model.layers:
        if hasattr(layer, "moving_mean"):
            layer.momentum = 0.0
    model(np.stack([FACE, FACE[::-1]])[..., None].astype(np.float32), training=True)
    return model


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_method_on_every_backbone(backbone, method):
    model = network(backbone)
    both = np.stack([FACE, FACE])
    one, two = explain_all(model, both, method=method, targets=np.array([0, 1]), against=np.array([1, 0]), effort=TINY)
    assert one.layer == (cam.default_layer(model) if method in LAYERED else "")
    for made in (one, two):
        assert made.map.shape == (48, 48)
        assert np.isfinite(made.map).all()
        assert made.map.max() == (0 if made.empty else 1)
    # What does not speak for the one and not the other speaks for the other and not the one.
    assert not (one.empty and two.empty)
