import numpy as np
import pytest

from fer_core.errors import InputError, RunError
from fer_core.lesson.feature_maps import STAGES, feature_maps, imagenet_network, strongest
from fer_core.lesson.filters import SIDE, activations, first_layer


def test_strongest_channels() -> None:
    maps = np.zeros((2, 2, 4), np.float32)
    maps[..., 0] = 5  # large, but the same everywhere
    maps[0, 0, 2] = 6
    maps[0, 0, 3] = 1
    channels, found = strongest(maps, 2)
    assert channels.tolist() == [2, 3]
    assert found.tolist() == [[[6, 0], [0, 0]], [[1, 0], [0, 0]]]
    assert strongest(maps[:1, :1], 2)[0].tolist() == [2, 0]


def test_feature_maps_of_every_stage() -> None:
    from fer_core.models import classifier
    from fer_core.runs.config import preset_config

    model = classifier.build(
        preset_config("x", backbone="mobilenet", resolution=32, fine_map=False, weights="random"), ("a", "b"), weights=None
    )
    face = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)
    every = feature_maps(model, face, count=3)
    assert [maps.stage for maps in every] == list(STAGES)
    assert [maps.maps.shape for maps in every[:3]] == [(3, 16, 16), (3, 16, 16), (3, 8, 8)]
    assert [maps.total for maps in every] == [32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    assert every[0].filters is None
    block = every[2]
    weights = np.asarray(model.get_layer("conv_dw_2").weights[0])
    assert np.array_equal(block.filters[0], weights[:, :, block.depthwise_channels[0], 0])
    assert block.depthwise.shape == (3, 8, 8)
    assert all(maps.maps.min() >= 0 and maps.maps.max() <= 6 for maps in every)


def test_refuses_other_networks_and_other_pictures() -> None:
    import keras

    face = keras.Input((48, 48, 1))
    model = keras.Model(face, keras.layers.Flatten()(face))
    with pytest.raises(RunError, match="not a MobileNet"):
        feature_maps(model, np.zeros((48, 48), np.uint8))
    with pytest.raises(InputError, match="48"):
        feature_maps(model, np.zeros((48, 48), np.float32))


def test_first_filters_are_computed_as_the_network_does() -> None:
    model = imagenet_network(SIDE, last_stride=True)
    face = np.random.default_rng(1).integers(0, 256, (48, 48)).astype(np.uint8)
    stem = feature_maps(model, face, count=32)[0]
    assert np.allclose(activations(first_layer(), face)[stem.channels], stem.maps, atol=1e-3)
