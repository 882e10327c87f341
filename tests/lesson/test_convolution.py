"""Both convolutions on the small example, their cost, and what is said about their times."""

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.lesson.convolution import (
    Cost,
    combined,
    depthwise_convolution,
    example_depthwise,
    example_image,
    example_pointwise,
    is_separable,
    pointwise_convolution,
    standard_convolution,
    window,
)
from fer_core.lesson.timing import Timing, measure, refusal, verdict


def test_both_ways_come_to_the_same_numbers() -> None:
    image, depthwise, pointwise = example_image(), example_depthwise(), example_pointwise()
    maps = depthwise_convolution(image, depthwise)
    # By hand: three rows of 8 - 1 where the window crosses the edge.
    assert maps[:, :, 0].tolist() == [[0, 21, 21, 0]] * 4
    separable = pointwise_convolution(maps, pointwise)
    assert np.array_equal(separable[:, :, 0], maps[:, :, 0] + maps[:, :, 1])
    assert np.array_equal(standard_convolution(image, combined(depthwise, pointwise)), separable)


def test_what_is_separable() -> None:
    kernels = combined(example_depthwise(), example_pointwise())
    assert is_separable(kernels)
    kernels[0, 0, 0, 1] = 5  # channel 1 gave nothing to the second output before
    assert not is_separable(kernels)


@pytest.mark.parametrize(("position", "place"), [(0, (0, 0)), (3, (0, 3)), (4, (1, 0)), (15, (3, 3))])
def test_window(position: int, place: tuple[int, int]) -> None:
    assert window(position) == place


@pytest.mark.parametrize(
    ("cost", "standard", "depthwise", "pointwise", "ratio"),
    [
        (Cost(3, 3, 2, 4), 864, 432, 96, 0.6111),
        (Cost(3, 512, 512, 14), 462_422_016, 903_168, 51_380_224, 0.1131),
        (Cost(1, 4, 1, 2), 16, 16, 16, 2.0),
    ],
)
def test_cost(cost: Cost, standard: int, depthwise: int, pointwise: int, ratio: float) -> None:
    assert (cost.standard, cost.depthwise, cost.pointwise) == (standard, depthwise, pointwise)
    assert cost.ratio == pytest.approx(ratio, abs=1e-4)
    assert cost.separable / cost.standard == pytest.approx(cost.ratio)


@pytest.mark.parametrize(
    ("separable", "words"),
    [
        (0.11, "Time falls about as much as work"),
        (0.5, "**The saving in time is smaller than in multiply-adds**: 2.0 times as fast, with 8.8 times less work"),
        (1.2, "**It saves no time here.**"),
    ],
)
def test_verdict(separable: float, words: str) -> None:
    assert words in verdict(Timing(Cost(3, 512, 512, 14), (1.0, 0.9, 1.3), (separable, 9.0, 0.01)))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: window(16), "15"),
        (lambda: Cost(3, 0, 1, 1), "1 or more"),
        (lambda: standard_convolution(np.zeros((6, 6, 2)), np.zeros((3, 3, 3, 1))), "fit"),
        (lambda: depthwise_convolution(np.zeros((2, 2, 1)), np.zeros((3, 3, 1))), "fit"),
        (lambda: pointwise_convolution(np.zeros((2, 2, 3)), np.zeros((2, 1))), "3 channels"),
        (lambda: measure(Cost(3, 1024, 1024, 112)), "118.4 billion"),
    ],
)
def test_refuses(call, word: str) -> None:
    with pytest.raises(InputError, match=word):
        call()


def test_times_of_both_kinds() -> None:
    shares: list[float] = []
    cost = Cost(3, 4, 4, 4)
    assert refusal(cost) is None
    timing = measure(cost, progress=lambda share, text: shares.append(share))
    assert timing.cost == cost
    assert len(timing.standard) == len(timing.separable) >= 3
    assert min(*timing.standard, *timing.separable) > 0
    assert shares == sorted(shares)
