"""MobileNet by arithmetic, against the paper's figures and against the networks that Keras builds."""

import numpy as np
import pytest

from fer_core.backbones import BACKBONES
from fer_core.errors import InputError
from fer_core.models.architecture import halved, macs_by_kind, shape_words, stages


def test_totals() -> None:
    # What `keras.applications.MobileNet().count_params()` gives.
    assert sum(stage.parameters for stage in stages()) == 4_253_864
    assert sum(stage.macs for stage in stages()) == 568_740_352


@pytest.mark.parametrize(
    ("options", "macs"),
    [
        # Howard et al. 2017, Tables 4, 6 and 7; of standard convolutions without the head's one million.
        ({}, 569),
        ({"separable": False}, 4866),
        ({"alpha": 0.75}, 325),
        ({"alpha": 0.5}, 149),
        ({"alpha": 0.25}, 41),
        ({"size": 192}, 418),
        ({"size": 160}, 290),
        ({"size": 128}, 186),
    ],
)
def test_published_millions_of_multiply_adds(options: dict, macs: int) -> None:
    assert sum(stage.macs for stage in stages(**options)) / 1e6 == pytest.approx(macs, abs=1.3)


@pytest.mark.parametrize(
    ("options", "shapes"),
    [
        ({}, ["112×112×32", "112×112×64", "56×56×128", "28×28×256", "14×14×512", "7×7×1,024", "7×7×1,024", "1×1×1,024"]),
        (
            {"last_stride": False, "size": 96},
            ["48×48×32", "48×48×64", "24×24×128", "12×12×256", "6×6×512", "6×6×1,024", "6×6×1,024", "1×1×1,024"],
        ),
        ({"size": 48, "alpha": 0.25}, ["24×24×8", "24×24×16", "12×12×32", "6×6×64", "3×3×128", "1×1×256", "1×1×256", "1×1×256"]),
    ],
)
def test_shapes_after_each_stage(options: dict, shapes: list[str]) -> None:
    named = {stage.name: shape_words(stage.shape) for stage in stages(**options)}
    assert [named[f"block_{n}"] if n else named["stem"] for n in (0, 1, 2, 4, 6, 12, 13)] + [named["pool"]] == shapes


def test_shapes_that_slides_print() -> None:
    assert {name: shape_words(shape) for name, shape in halved(stages()).items()} == {
        "block_2": "56×56×64",
        "block_4": "28×28×128",
        "block_6": "14×14×256",
        "block_12": "7×7×512",
    }


def test_most_work_is_in_pointwise_convolutions() -> None:
    macs = macs_by_kind(stages())
    # Howard et al. 2017, Table 2: 94.86 % of the multiply-adds in 1x1 convolutions, 3.06 % in depthwise ones.
    assert macs["pointwise"] / sum(macs.values()) == pytest.approx(0.9487, abs=5e-4)
    assert macs["depthwise"] / sum(macs.values()) == pytest.approx(0.0306, abs=5e-4)


def test_the_same_blocks_as_in_the_table_of_backbones() -> None:
    known = {block.name: block.parameters for block in BACKBONES["mobilenet"].table}
    assert {stage.name: stage.parameters for stage in stages()[:-2]} == known


@pytest.mark.parametrize(("size", "last_stride"), [(96, False), (50, True)])
def test_every_layer_is_the_one_that_keras_builds(size: int, last_stride: bool) -> None:
    from fer_core.models import classifier
    from fer_core.runs.config import preset_config

    config = preset_config("x", backbone="mobilenet", resolution=size, fine_map=not last_stride, weights="random")
    model = classifier.build(config, ("angry", "happy", "neutral"), weights=None)
    layers = [layer for stage in stages(size, last_stride=last_stride, classes=3) for layer in stage.layers]
    for layer in layers:
        built = model.get_layer(layer.name)
        assert tuple(built.output.shape[1:]) == (layer.shape if len(built.output.shape) == 4 else layer.shape[2:]), layer.name
        assert built.count_params() == layer.parameters, layer.name
        if layer.macs:
            assert layer.shape[0] * layer.shape[1] * int(np.prod(built.weights[0].shape)) == layer.macs, layer.name
    assert {layer.name for layer in model.layers if layer.weights} <= {layer.name for layer in layers}


@pytest.mark.parametrize(("options", "word"), [({"size": 31}, "31"), ({"alpha": 0.3}, "0.3"), ({"classes": 0}, "class")])
def test_refuses(options: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        stages(**options)
