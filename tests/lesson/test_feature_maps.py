import numpy as np
import pytest

from fer_core.errors import InputError, RunError, WeightsError
from fer_core.lesson.feature_maps import STAGES, journey, strongest
from fer_core.lesson.filters import SIDE, activations, first_layer
from fer_core.models import saved_network
from fer_core.models.weights import BUNDLED_MOBILENET
from fer_core.settings import ASSETS


def test_strongest_channels() -> None:
    maps = np.zeros((2, 2, 4), np.float32)
    maps[..., 0] = 5  # large, but the same everywhere
    maps[0, 0, 2] = 6
    maps[0, 0, 3] = 1
    channels, found = strongest(maps, 2)
    assert channels.tolist() == [2, 3]
    assert found.tolist() == [[[6, 0], [0, 0]], [[1, 0], [0, 0]]]
    assert strongest(maps[:1, :1], 2)[0].tolist() == [2, 0]


def _model(resolution: int, *, fine_map: bool, weights: str = "random"):
    from fer_core.models import classifier
    from fer_core.models.weights import require_weights
    from fer_core.runs.config import preset_config

    config = preset_config("x", backbone="mobilenet", resolution=resolution, fine_map=fine_map, weights=weights)
    return classifier.build(config, ("a", "b"), weights=require_weights(config).path)


def test_every_stage_is_what_keras_computes() -> None:
    import keras

    model = _model(32, fine_map=False)
    face = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)
    way = journey(saved_network.of_model(model), count=3)(face)
    assert [maps.stage for maps in way.stages] == list(STAGES)
    assert [maps.maps.shape for maps in way.stages[:3]] == [(3, 16, 16), (3, 16, 16), (3, 8, 8)]
    assert [maps.total for maps in way.stages] == [32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    assert way.stages[0].filters is None
    block = way.stages[2]
    weights = np.asarray(model.get_layer("conv_dw_2").weights[0])
    assert np.array_equal(block.filters[0], weights[:, :, block.depthwise_channels[0], 0])
    assert block.depthwise.shape == (3, 8, 8)
    assert all(maps.maps.min() >= 0 and maps.maps.max() <= 6 for maps in way.stages)
    names = ["conv1_relu", *(f"conv_pw_{n}_relu" for n in range(1, 14)), "pool", "logits"]
    inside = keras.Model(model.input, [model.get_layer(name).output for name in names])
    *outputs, pooled, logits = (np.asarray(part)[0] for part in inside(face[None, ..., None].astype(np.float32), training=False))
    for maps, output in zip(way.stages, outputs, strict=True):
        assert np.allclose(maps.maps, output[:, :, maps.channels].transpose(2, 0, 1), atol=1e-4), maps.stage
    assert np.allclose(way.pooled, pooled, atol=1e-5)
    assert np.allclose(way.logits, logits, atol=1e-4)


def test_refuses_other_networks_and_other_pictures(tiny_model, tmp_path) -> None:
    (tmp_path / "tiny.keras").write_bytes(tiny_model)
    with pytest.raises(RunError, match="not a MobileNet"):
        journey(saved_network.read(tmp_path / "tiny.keras"))
    with pytest.raises(InputError, match="48"):
        journey(saved_network.read(ASSETS / "bundled" / "model.keras"))(np.zeros((48, 48), np.float32))


def test_first_filters_and_the_run_before_training_are_computed_as_imagenets_network_does() -> None:
    model = _model(SIDE, fine_map=True, weights="imagenet")
    face = np.random.default_rng(1).integers(0, 256, (48, 48)).astype(np.uint8)
    way = journey(saved_network.of_model(model), count=32)(face)
    stem = way.stages[0]
    assert np.allclose(activations(first_layer(), face)[stem.channels], stem.maps, atol=1e-3)
    run = saved_network.read(ASSETS / "bundled" / "model.keras")
    early = journey(saved_network.before_training(run, BUNDLED_MOBILENET))(face)
    assert np.allclose(early.pooled, way.pooled, atol=1e-4)
    assert not np.allclose(journey(run)(face).pooled, way.pooled, atol=1e-2)
    with pytest.raises(WeightsError, match="this network's backbone"):
        saved_network.before_training(run, ASSETS / "yunet.onnx")
