"""What it takes to add a backbone: one row. Here MobileNet, a quarter as wide, from random weights."""

import dataclasses

import numpy as np
import pytest

from fer_core import runs
from fer_core.backbones import BACKBONES, Backbone, Block, WeightsFile, keras_application
from fer_core.cli import main
from fer_core.models import anatomy, architecture, classifier
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status
from fer_core.training import executors


def narrow() -> Backbone:
    """MobileNet with alpha 0.25; its blocks by the plan of `architecture`."""
    wide = BACKBONES["mobilenet"]
    sizes = {
        stage.name: (
            sum(layer.kind != "normalisation" and layer.parameters for layer in stage.layers),
            sum(layer.kind == "normalisation" and layer.parameters for layer in stage.layers) // 2,
        )
        for stage in architecture.stages(96, 0.25)
    }
    return dataclasses.replace(
        wide,
        name="dummy",
        title="Narrow MobileNet",
        description="A quarter as wide.",
        build=keras_application("MobileNet", alpha=0.25),
        table=tuple(Block(block.name, block.first_layer, block.layers, *sizes[block.name]) for block in wide.table),
        features=256,
        forward_cost=0.2,
        weights=WeightsFile("mobilenet_2_5_224_tf_no_top.h5", 1, None, "Apache-2.0", folder="keras-applications/mobilenet"),
        bundled=None,
    )


@pytest.fixture
def dummy(monkeypatch) -> Backbone:
    monkeypatch.setitem(BACKBONES, "dummy", narrow())
    return BACKBONES["dummy"]


def test_the_command_line_accepts_a_new_backbone(dummy, workspace, monkeypatch, capsys) -> None:
    started = []

    def start(config, *, executor=None):
        started.append(config)
        run = runs.create(config)
        run.write(Status(state="finished"))
        return run

    monkeypatch.setattr(executors, "start", start)
    assert main(["train", "Faces", "--set", "backbone=dummy", "--set", "weights=random"]) == 0
    assert started == [preset_config("Faces", backbone="dummy", weights="random")]
    assert main(["train", "Faces", "--set", "backbone=nothing"]) == 2
    assert "efficientnetv2b0, dummy; got 'nothing'" in capsys.readouterr().err


def test_a_new_backbone_is_built_and_counted(dummy) -> None:
    config = preset_config("Faces", backbone="dummy", weights="random", resolution=32)
    model = classifier.build(config, ("angry", "happy"), weights=None)
    # 218,544 is what keras.applications counts without the top; the head has 2 rows of 256 weights and a bias.
    assert dummy.parameters == 218_544
    assert model.count_params() == 218_544 + 2 * 257
    assert [plan.total for plan in anatomy.phase_plan(config, 2)] == [219_058]
    assert np.isfinite(model.predict_on_batch(np.zeros((1, 48, 48, 1), np.float32))).all()


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Backbone)])
def test_a_row_has_every_field(field) -> None:
    row = {name: value for name, value in vars(BACKBONES["mobilenet"]).items() if name != field}
    with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{field}'"):
        Backbone(**row)
