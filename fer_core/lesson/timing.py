"""How long both kinds of convolution take on this machine; TensorFlow is imported when called."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from fer_core.errors import InputError
from fer_core.lesson.convolution import Cost
from fer_core.progress import Progress, silent

MOST_MACS = 6_000_000_000
"""A standard convolution of more multiply-adds than this is not timed: it would keep a class waiting."""
MOST_VALUES = 40_000_000
"""Nor one whose maps hold more values than this."""
REPEATS, WARM_UPS, PATIENCE = 15, 3, 4.0
"""How often each kind is timed, how often it runs before that, and after how many seconds it stops early."""


@dataclass(frozen=True)
class Timing:
    """Times of both kinds for one picture.

    Attributes:
        cost: what was timed.
        standard: seconds of each pass.
        separable: seconds of each pass, both steps together.
    """

    cost: Cost
    standard: tuple[float, ...]
    separable: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median time of the separable to that of the standard one."""
        return median(self.separable) / median(self.standard)


def measure(cost: Cost, *, progress: Progress = silent) -> Timing:
    """Time both kinds on random numbers with padding and stride 1, float32, one picture, after warming up, by turns.

    Raises:
        InputError: it would take too long or too much memory.
    """
    too_large = refusal(cost)
    if too_large:
        raise InputError(too_large)
    import tensorflow as tf

    draw = tf.random.Generator.from_seed(0)
    image = draw.normal((1, cost.side, cost.side, cost.inputs))
    kernels = draw.normal((cost.kernel, cost.kernel, cost.inputs, cost.outputs))
    looking = draw.normal((cost.kernel, cost.kernel, cost.inputs, 1))
    mixing = draw.normal((1, 1, cost.inputs, cost.outputs))

    # All numbers are arguments: what a graph only captures might be computed once, when it is made.
    @tf.function
    def standard(maps: Any, weights: Any) -> Any:
        return tf.nn.conv2d(maps, weights, strides=1, padding="SAME")

    @tf.function
    def separable(maps: Any, spatial: Any, channel: Any) -> Any:
        maps_out = tf.nn.depthwise_conv2d(maps, spatial, strides=[1, 1, 1, 1], padding="SAME")
        return tf.nn.conv2d(maps_out, channel, strides=1, padding="SAME")

    both = ((standard, (image, kernels)), (separable, (image, looking, mixing)))

    times: tuple[list[float], list[float]] = ([], [])
    started = time.perf_counter()
    for turn in range(-WARM_UPS, REPEATS):
        for taken, (function, arguments) in zip(times, both, strict=True):
            before = time.perf_counter()
            function(*arguments).numpy()
            if turn >= 0:
                taken.append(time.perf_counter() - before)
        progress((turn + WARM_UPS + 1) / (REPEATS + WARM_UPS), f"Pass {turn + WARM_UPS + 1} of {REPEATS + WARM_UPS}")
        if turn >= 2 and time.perf_counter() - started > PATIENCE:
            break
    return Timing(cost, tuple(times[0]), tuple(times[1]))


def refusal(cost: Cost) -> str | None:
    """Why this would not be timed, as a sentence; None when it would."""
    if cost.standard > MOST_MACS:
        return (
            f"The standard convolution would need {cost.standard / 1e9:,.1f} billion multiply-adds, more than the "
            f"{MOST_MACS / 1e9:g} billion that are timed here; choose fewer channels or a smaller map."
        )
    if cost.side**2 * max(cost.inputs, cost.outputs) > MOST_VALUES:
        return "The maps would take too much memory to be timed here; choose fewer channels or a smaller map."
    return None


def verdict(timing: Timing) -> str:
    """What the times say beside the multiply-adds, in sentences."""
    cost = timing.cost
    share, work = timing.ratio, cost.separable / cost.standard
    counted = f"The separable convolution needs {work:.1%} of the multiply-adds and took {share:.1%} of the time."
    if share >= 1:
        return (
            f"{counted} **It saves no time here.** These maps are so small, or so few, that starting two operations and moving "
            "their data costs more than the multiply-adds that are saved."
        )
    if share > 1.1 * work:
        return (
            f"{counted} **The saving in time is smaller than in multiply-adds**: {1 / share:.1f} times as fast, with "
            f"{1 / work:.1f} times less work. The depthwise step does little arithmetic for each number that it fetches from "
            "memory, and large standard convolutions are what the library is tuned for."
        )
    return f"{counted} Time falls about as much as work, or more, on this machine and at this size."
