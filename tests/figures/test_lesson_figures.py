"""The picture of MobileNet, and what both kinds of convolution cost."""

import pytest

from fer_core.errors import InputError
from fer_core.figures import convolution
from fer_core.figures.network import ENDS, HALVES, KEEPS, network
from fer_core.lesson.convolution import Cost
from fer_core.lesson.timing import Timing
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


COST = Cost(3, 256, 512, 14)


def test_work_and_its_ratio() -> None:
    bars = {trace.name: (trace.x[0], trace.y[0]) for trace in convolution.work(COST).data}
    assert bars == {
        "Standard": (231_211_008, "Standard"),
        "Depthwise": (451_584, "Separable"),
        "Pointwise": (25_690_112, "Separable"),
    }
    *curves, own = convolution.ratio(COST).data
    assert [curve.y[0] for curve in curves] == [pytest.approx(1 + 1 / side**2) for side in (3, 5, 7)]
    assert len({curve.line.dash for curve in curves}) == 3
    assert (own.x[0], own.y[0]) == (512, pytest.approx(1 / 512 + 1 / 9))


def test_times_are_medians_with_quartiles() -> None:
    standard, separable = convolution.times(Timing(COST, (0.004, 0.002, 0.003, 0.005, 0.001), (0.001,) * 5)).data
    assert (standard.x[0], separable.x[0]) == (pytest.approx(3), pytest.approx(1))
    assert (standard.error_x.array[0], standard.error_x.arrayminus[0]) == (pytest.approx(1), pytest.approx(1))
    with pytest.raises(InputError, match="measure"):
        convolution.times(Timing(COST, (), ()))
