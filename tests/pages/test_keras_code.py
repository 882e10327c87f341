"""The Keras code of a run: it runs as it stands, and trains what the config says."""

import re

import pytest

from fer_core.backbones import BACKBONES
from fer_core.runs.config import RunConfig, preset_config
from pages.train.parts import keras_code


def test_every_backbone_has_a_name_in_keras():
    assert set(keras_code.APPLICATIONS) == set(BACKBONES)


@pytest.mark.parametrize(
    ("preset", "planned"),
    [
        ("quick", "[(None, 40, 0.001)]"),
        ("standard", "[(None, 1, 0.002), ('conv1', 8, 0.0008)]"),
    ],
)
def test_it_names_the_phases(preset, planned):
    code = keras_code.keras_code(preset_config('It\'s "mine"', preset), ["angry", "happy"])
    compile(code, "code", "exec")
    assert f"for first, epochs, rate in {planned}:" in code
    assert len(code.splitlines()) <= 22


@pytest.mark.parametrize("backbone", BACKBONES)
def test_it_compiles_for_every_backbone(backbone):
    config = RunConfig(dataset="faces", backbone=backbone, fine_map=False, partial_epochs=2)
    code = keras_code.keras_code(config, ["angry"])
    compile(code, "code", "exec")
    first = re.search(r"\('([^']+)', 2, ", code)
    assert first
    assert first.group(1) in [block.first_layer for block in BACKBONES[backbone].table]


def test_it_runs_as_it_stands(small_dataset, workspace, monkeypatch):
    config = RunConfig(
        dataset=small_dataset.name,
        backbone="mobilenet",
        weights="random",
        resolution=32,
        fine_map=False,
        full_epochs=1,
        batch_size=25,
    )
    monkeypatch.chdir(workspace)
    ran: dict = {}
    exec(compile(keras_code.keras_code(config, small_dataset.meta.classes), "code", "exec"), ran)
    assert ran["model"].output_shape == (None, 5)
    assert [layer.name for layer in ran["body"].layers if not layer.trainable] == [ran["body"].layers[0].name]
    assert [len(part) for part in ran["part"]("test")] == [25, 25]
