"""The picture of MobileNet."""

import pytest

from fer_core.errors import InputError
from fer_core.figures.network import ENDS, HALVES, KEEPS, network
from fer_core.models.architecture import stages


def test_a_slab_and_a_target_for_every_stage() -> None:
    made = stages(96, last_stride=False, classes=5)
    figure = network(made, selected="block_2")
    bars = {trace.name: trace for trace in figure.data if trace.type == "bar"}
    # Without its last stride block 12 keeps the size: the stem and blocks 2, 4 and 6 halve it.
    assert {name: len(trace.x) for name, trace in bars.items()} == {HALVES: 4, KEEPS: 10, ENDS: 2}
    assert len({trace.marker.pattern.shape for trace in bars.values()}) == 3
    targets = figure.data[-1]
    assert [list(point) for point in targets.customdata] == [[stage.name] for stage in made]
    assert targets.hovertext[2] == "<b>Block 2</b><br>48×48×64 → 24×24×128<br>9,536 parameters<br>5,050,368 multiply-adds"
    assert [note.text for note in figure.layout.annotations] == ["S", *map(str, range(1, 14)), "P", "H"]
    (frame,) = figure.layout.shapes
    assert frame.x0 < targets.x[2] < frame.x1


def test_refuses_an_unknown_stage() -> None:
    with pytest.raises(InputError, match="block_13"):
        network(stages(), selected="block_14")
