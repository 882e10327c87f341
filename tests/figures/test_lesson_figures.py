"""Figures of the lesson: the network and its blocks, costs of convolutions, neighbours, scores, and answers of a class."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures import convolution, freezing, imbalance
from fer_core.figures.neighbours import neighbour_shares
from fer_core.figures.network import ENDS, HALVES, KEEPS, network
from fer_core.figures.quiz import answers_by_face
from fer_core.lesson.convolution import Cost
from fer_core.lesson.neighbours import Likeness
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


def test_frozen_and_trained_blocks() -> None:
    parameters = {"stem": 10, "block_1": 20, "head": 5}
    trained, frozen = freezing.frozen_blocks(parameters, {"block_1", "head"}).data
    assert (trained.name, list(trained.y), list(trained.x)) == ("Trained", ["Block 1", "Head"], [20, 5])
    assert (frozen.name, list(frozen.y), frozen.marker.pattern.shape) == ("Frozen", ["Stem"], "/")
    with pytest.raises(InputError, match="block_9"):
        freezing.frozen_blocks(parameters, {"block_9"})


def test_shares_of_neighbours_beside_chance() -> None:
    table = pd.DataFrame({"class": ["happy"], "n": [60], "share": [0.5], "low": [0.4], "high": [0.7], "chance": [0.3]})
    dots, chance = neighbour_shares(Likeness(table, 0.5, (0.4, 0.7), 0.3, 60, 5)).data
    assert (dots.x[0], dots.error_x.array[0], dots.error_x.arrayminus[0]) == pytest.approx((0.5, 0.2, 0.1))
    assert (chance.x[0], chance.marker.symbol) == (0.3, "diamond-open")


def test_the_way_from_accuracy_to_macro_f1() -> None:
    rows = pd.DataFrame({"place": [0, 0.5, 1], "score": [0.8, 0.7, 0.6], "low": 0.5, "high": 0.9, "baseline": [0.5, 0.3, 0.1]})
    _, run, constant, here = imbalance.score_path(rows, 0.5).data
    assert (list(run.y), list(constant.y), list(here.y)) == ([0.8, 0.7, 0.6], [0.5, 0.3, 0.1], [0.7, 0.3])
    table = pd.DataFrame({"class": ["happy", "sad"], "n": [9, 1], "weight": [0.9, 0.1], "score": [1.0, 0.0], "part": [0.9, 0.0]})
    frames, reached = imbalance.class_parts(table).data
    assert (list(frames.x), list(reached.x)) == ([0.9, 0.1], [0.9, 0.0])
    for draw in (lambda: imbalance.score_path(rows.drop(columns="low"), 0), lambda: imbalance.class_parts(rows)):
        with pytest.raises(InputError, match="missing"):
            draw()


def test_answers_that_are_the_label_are_full_bars() -> None:
    counts = np.array([[2, 1, 0], [0, 3, 0]])
    first, second = answers_by_face(counts, ("happy", "sad", "fear"), ["happy", "happy"]).data
    assert (first.name, list(first.x), list(first.marker.pattern.shape)) == ("Happy", [2], [""])
    assert (second.name, list(second.x), list(second.marker.pattern.shape)) == ("Sad", [1, 3], ["/", "/"])
    with pytest.raises(InputError, match="Counts"):
        answers_by_face(counts, ("happy", "sad"), ["happy", "happy"])
