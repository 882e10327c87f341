import io
import urllib.error

import pytest

from fer_core.backbones import BACKBONES
from fer_core.errors import WeightsError
from fer_core.models import weights
from fer_core.runs.config import preset_config


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.mark.parametrize(
    ("changes", "source", "words"),
    [
        ({}, "bundled", "bundled ImageNet weights"),
        ({"weights": "random"}, "random", "from scratch"),
        ({"backbone": "vgg16"}, "missing", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        ({"weights_file": "nowhere.weights.h5"}, "missing", "'nowhere.weights.h5' does not exist"),
    ],
)
def test_source_of_weights_is_known_before_the_start(changes, source, words):
    plan = weights.find_weights(preset_config("x", **changes))
    assert plan.source == source
    assert words in plan.sentence


@pytest.mark.parametrize("backbone", [name for name in BACKBONES if name != "mobilenet"])
def test_cache_is_used_when_it_holds_the_file(backbone):
    title, config = BACKBONES[backbone].title, preset_config("x", backbone=backbone)
    missing = weights.find_weights(config)
    assert (missing.source, missing.path) == ("missing", None)
    assert missing.sentence.startswith(f"ImageNet weights for {title} are not on this machine; download them")
    file = weights.keras_cache(BACKBONES[backbone])
    assert f"put {file.name} into" in missing.sentence
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    plan = weights.find_weights(config)
    assert (plan.source, plan.path) == ("cache", file)
    assert plan.sentence == f"{title} starts from the ImageNet weights in Keras's cache."


@pytest.mark.parametrize("search", ["imagenet", "random"])
@pytest.mark.parametrize("backbone", list(BACKBONES))
def test_named_file_comes_before_everything_else(tmp_path, backbone, search):
    mine = tmp_path / "mine.weights.h5"
    mine.write_bytes(b"weights")
    plan = weights.find_weights(preset_config("x", backbone=backbone, weights_file=str(mine), weights=search))
    assert (plan.source, plan.path) == ("file", mine)
    assert plan.sentence == f"{BACKBONES[backbone].title} starts from the weights in mine.weights.h5."


def test_missing_weights_stop_a_start():
    with pytest.raises(WeightsError, match="download them"):
        weights.require_weights(preset_config("x", backbone="vgg16"))


class _Answer(io.BytesIO):
    headers = {"Content-Length": "300000"}  # noqa: RUF012


def test_download_reports_progress_and_lands_in_the_cache(monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: _Answer(b"x" * 300_000))
    shares: list[float] = []
    path = weights.download(BACKBONES["mobilenetv2"], progress=lambda share, _: shares.append(share))
    assert path.read_bytes() == b"x" * 300_000
    assert shares[-1] == 1.0


def test_failed_download_leaves_nothing_and_says_what_to_do(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(WeightsError, match=r"could not be downloaded \(no network\)"):
        weights.download(BACKBONES["vgg16"])
    assert not list(weights.keras_cache(BACKBONES["vgg16"]).parent.iterdir())
