import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import writing
from fer_core.features import backbone
from fer_core.models import classifier
from fer_core.models.weights import WeightsPlan, find_weights
from fer_core.runs.config import preset_config

CONFIG = preset_config("faces", "frozen", resolution=32, fine_map=False)


@pytest.fixture
def dataset(workspace):
    images = np.random.default_rng(0).integers(0, 256, (30, 48, 48), dtype=np.uint8)
    samples = pd.DataFrame({"label": ["happy", "angry"] * 15, "split": ["train"] * 20 + ["validation"] * 10})
    return writing.write_dataset("faces", images, samples, classes=("angry", "happy"), kind="folders", source="test")


@pytest.fixture(scope="module")
def extractor():
    return classifier.feature_extractor(classifier.build(CONFIG, ("angry", "happy"), weights=find_weights(CONFIG).path))


def made(dataset, extractor):
    calls: list[float] = []
    file = backbone.features_file(dataset, CONFIG, find_weights(CONFIG))
    return backbone.frozen_features(dataset, extractor, file=file, progress=lambda *said: calls.append(said)), len(calls), file


def test_features_are_computed_once_and_reused(dataset, extractor):
    first, computed, _ = made(dataset, extractor)
    again, recomputed, _ = made(dataset, extractor)
    assert (computed, recomputed) == (1, 0)
    assert first.shape == (30, 1024)
    np.testing.assert_array_equal(first, again)
    direct = extractor.predict_on_batch(np.asarray(dataset.images[:4], np.float32)[..., None])
    np.testing.assert_allclose(first[:4], direct, atol=0.02)


@pytest.mark.parametrize("damage", ["truncated", "changed", "no checksum"])
def test_damaged_features_are_recomputed(dataset, extractor, damage):
    first, _, file = made(dataset, extractor)
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "changed":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    else:
        file.with_suffix(".json").unlink()
    again, computed, _ = made(dataset, extractor)
    assert computed == 1
    np.testing.assert_array_equal(first, again)


def test_key_depends_on_what_the_features_depend_on(dataset, tmp_path):
    plan = find_weights(CONFIG)
    other = tmp_path / "other.weights.h5"
    other.write_bytes(b"other weights")
    files = {
        backbone.features_file(dataset, CONFIG, plan),
        backbone.features_file(dataset, CONFIG.model_copy(update={"resolution": 64}), plan),
        backbone.features_file(dataset, CONFIG.model_copy(update={"fine_map": True}), plan),
        backbone.features_file(dataset, CONFIG, WeightsPlan("file", other, "")),
    }
    assert len(files) == 4
    assert backbone.features_file(dataset, CONFIG, WeightsPlan("random", None, "")) is None
