"""Every method on every backbone, at 32 pixels with random weights."""

import dataclasses
import functools

import numpy as np
import pytest
from backbones import EVERY

from fer_core.explain import cam
from fer_core.explain.methods import METHODS
from fer_core.explain.saliency import explain
from fer_core.models import classifier
from fer_core.runs.config import preset_config

LITTLE_WORK = {"scorecam": {"channels": 2}, "smoothgrad": {"samples": 1}, "integrated-gradients": {"steps": 1}}
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
@pytest.mark.parametrize("backbone", EVERY)
def test_every_method_on_every_backbone(backbone, method, monkeypatch):
    row = METHODS[method]
    function = functools.partial(row.function, **LITTLE_WORK.get(method, {}))
    monkeypatch.setitem(METHODS, method, dataclasses.replace(row, function=function))
    model = network(backbone)
    both = np.stack([FACE, FACE])
    one, two = explain(model, both, method=method, targets=np.array([0, 1]), against=np.array([1, 0]))
    assert one.layer == (cam.default_layer(model) if row.on_layer else "")
    for made in (one, two):
        assert made.saliency.shape == (48, 48)
        assert np.isfinite(made.saliency).all()
        assert made.saliency.max() == (0 if made.empty else 1)
    # What does not speak for the one and not the other speaks for the other and not the one.
    assert not (one.empty and two.empty)
