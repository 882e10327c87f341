"""Images per second of each phase and resolution, beside Keras's own step; the cost of the input pipeline; the machine's peak.

    python -m benchmarks.training_speed [--pixels 64 96 112 128 224] [--rounds 5] [--seconds 2] [--out FILE.json]

For each resolution, MobileNet with the fine map answers (forward) and is trained on random pixels with three steps by turns:

- ours: the training loop's step (`fer_core.training.trainer`) on one batch that stays the same,
- Keras: the step that `model.fit` would do on the same batch: float32, Keras's own layers, the same optimizer,
- fed: ours on batches from the input pipeline, augmented as the standard recipe does.

By turns, because a laptop's speed drifts: every round gives one ratio, and the table shows the median of the rounds and the
range. Multiply-adds are counted from the layers' shapes. A step on all layers counts as three forward passes: one forward, and
backward one for the gradients of the activations and one for those of the weights; a layer that is not trained counts once. The
peak is that of TensorFlow's product of two square matrices, before and after everything else.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, steps
from benchmarks.machine import Spread, spread
from benchmarks.steps import PHASES, Work
from fer_core.commands.progress_line import ProgressLine
from fer_core.runs.config import preset_config

PIXELS = (64, 96, 112, 128, 224)
MATRIX = 1536
"""Side of the matrices whose product gives the peak."""


@dataclass(frozen=True)
class Row:
    """One phase at one resolution.

    Attributes:
        phase: one of `steps.PHASES`.
        pixels: side of the faces; 0 where features are read.
        images: images per second of ours on one batch.
        keras: the same of Keras.
        times: how many times faster ours is, by round.
        pipeline: share of a fed step's time that a step on the same batch does not take, by round; None for forward.
        alone: images per second of the pipeline when nothing is trained.
        gflops: 10^9 floating-point operations per second of ours, two to a multiply-add.
    """

    phase: str
    pixels: int
    images: Spread
    keras: Spread
    times: Spread
    pipeline: Spread | None
    alone: float | None
    gflops: float


def main() -> None:
    """Measure and print a row at a time."""
    given = _arguments()
    machine.exit_when_told()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{machine.describe()}\n{machine.busy_sentence(machine.busy())}", flush=True)
    peaks = {kind: [peak(kind)] for kind in ("float32", "bfloat16")}
    print("\n".join(heading()), flush=True)
    rows: list[Row] = []
    cases = [(phase, side) for phase, side in _cases(given) if phase in given.phases]
    with ProgressLine() as line:
        for number, (phase, side) in enumerate(cases):
            line.show(number / len(cases), f"{phase} at {side} pixels")
            rows.append(measure(phase, side, given))
            print(row_line(rows[-1], peaks["float32"][0]), flush=True)
    for kind, found in peaks.items():
        found.append(peak(kind))
        print(f"Peak of {kind} products of {MATRIX}x{MATRIX} matrices: {spread(found):.0f} GFLOP/s before and after")
    if given.out:
        facts = {"machine": machine.describe(), "batch": given.batch, "rounds": given.rounds, "peaks": peaks}
        given.out.write_text(json.dumps(facts | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")


def measure(phase: str, side: int, given: argparse.Namespace) -> Row:
    """One row of the table."""
    import keras

    config = preset_config(
        "none", "standard", resolution=side or 96, head_epochs=1, partial_epochs=1, full_epochs=1, precision=given.precision
    )
    step = steps.prepare(config, phase, given.batch)
    works = {"ours": step.ours, "keras": step.keras} | ({} if step.fed is None else {"fed": step.fed})
    timed = {name: (work, warm_up(work, given.seconds)) for name, work in works.items()}
    speeds = take_turns(timed, given.rounds, given.batch)
    alone = None if step.stream is None else given.batch / _seconds_a_batch(step.stream, given.seconds)
    keras.backend.clear_session()
    images = spread(speeds["ours"])
    return Row(
        phase=phase,
        pixels=side,
        images=images,
        keras=spread(speeds["keras"]),
        times=spread([a / b for a, b in zip(speeds["ours"], speeds["keras"], strict=True)]),
        pipeline=spread([1 - b / a for a, b in zip(speeds["ours"], speeds["fed"], strict=True)]) if step.fed else None,
        alone=alone,
        gflops=images.median * step.operations / 1e9,
    )


def take_turns(works: dict[str, tuple[Work, int]], rounds: int, batch: int) -> dict[str, list[float]]:
    """Do each work by turns, in changing order; images per second by name, one a round.

    Args:
        works: by name, the work and its steps a turn.
        rounds: turns of each.
        batch: images a step.
    """
    speeds: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            work, count = works[name]
            start = time.perf_counter()
            work(count)
            speeds[name].append(batch * count / (time.perf_counter() - start))
    return speeds


def peak(kind: str) -> float:
    """GFLOP/s of a matrix product with inputs of a type, best of 12."""
    import tensorflow as tf

    matrix = tf.cast(np.random.default_rng(0).random((MATRIX, MATRIX), dtype=np.float32), kind)
    product = tf.function(lambda: tf.cast((matrix @ matrix)[0, 0], tf.float32))
    best = math.inf
    for _ in range(12):
        start = time.perf_counter()
        float(product())
        best = min(best, time.perf_counter() - start)
    return 2 * MATRIX**3 / best / 1e9


def heading() -> list[str]:
    """First lines of the table."""
    names = (
        "Phase",
        "Pixels",
        "Images/s",
        "Keras",
        "Times faster",
        "Pipeline's share",
        "Pipeline alone",
        "GFLOP/s",
        "Of float32 peak",
    )
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]


def row_line(row: Row, highest: float) -> str:
    """A row as Markdown; `highest` is the float32 peak in GFLOP/s."""
    share = "" if row.pipeline is None else f"{row.pipeline:.1%}"
    alone = "" if row.alone is None else f"{row.alone:,.0f}"
    cells = (row.phase, row.pixels or "", f"{row.images:,.0f}", f"{row.keras:,.0f}", f"{row.times:.2f}", share, alone)
    return "| " + " | ".join(map(str, (*cells, f"{row.gflops:,.0f}", f"{row.gflops / highest:.0%}"))) + " |"


def _cases(given: argparse.Namespace) -> Iterator[tuple[str, int]]:
    yield "head:cached", 0
    yield from ((phase, side) for side in given.pixels for phase in PHASES if phase != "head:cached")


def warm_up(work: Work, seconds: float) -> int:
    """Compile a work, and find the steps that take about so many seconds."""
    work(2)
    start = time.perf_counter()
    work(1)
    return max(1, round(seconds / (time.perf_counter() - start)))


def _seconds_a_batch(batches: Iterator[Any], seconds: float) -> float:
    for _ in range(8):
        next(batches)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        next(batches)
        count += 1
    return (time.perf_counter() - start) / count


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pixels", type=int, nargs="+", default=PIXELS)
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES)
    parser.add_argument("--batch", type=int, default=32, help="faces per batch")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each step")
    parser.add_argument("--seconds", type=float, default=2.0, help="that a turn takes, at least one step")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of our matrix products")
    parser.add_argument("--out", type=Path, help="JSON file for all figures")
    given = parser.parse_args()
    given.out = given.out and given.out.resolve()
    return given


if __name__ == "__main__":
    main()
