"""Hold what a viewer waits for to its budget: processor time, as a multiple of a yardstick that is measured in the same run.

    python -m benchmarks.budgets [--source ../shared/data/fer2013.zip] [--rounds 3]

The yardstick is a fixed piece of NumPy, pandas and plain Python. It is measured right before each round of a piece of
work, and the median of the ratios counts: a slower machine, or a busy one, moves both sides.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import busy, busy_sentence, describe

ROWS = 30_000
"""Answers that Evaluate is asked about: four times FER2013's test splits."""


@dataclass(frozen=True)
class Budget:
    """One piece of work.

    Attributes:
        title: what is done.
        prepare: makes the input, outside of the measurement, and returns the work.
        limit: yardsticks of processor time that the work may take.
    """

    title: str
    prepare: Callable[[], Callable[[], object]]
    limit: float


def main() -> None:
    """Print one line a piece of work; exit status 1 when one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, help="an archive to import, such as FER2013's")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    given = parser.parse_args()
    budgets = list(BUDGETS)
    if given.source:
        source = given.source.resolve()
        budgets.append(Budget(f"import of {source.name}", lambda: lambda: _import(source), 600))
    print(f"{describe()}. {busy_sentence(busy())}")
    over = measure(budgets, rounds=given.rounds)
    if over:
        raise SystemExit(f"Over the limit: {', '.join(over)}")


def measure(budgets: Sequence[Budget], *, rounds: int = 3, clock: Callable[[], float] = time.process_time) -> list[str]:
    """Print the ratio of each piece of work to the yardstick; returns the titles of those over their limit."""
    over = []
    for budget in budgets:
        work = budget.prepare()
        work()
        pairs = [(_seconds(yardstick, clock), _seconds(work, clock)) for _ in range(rounds)]
        ratio = statistics.median(took / unit for unit, took in pairs)
        took = statistics.median(took for _, took in pairs)
        print(f"{ratio:8.2f} of at most {budget.limit:g} yardsticks  {budget.title} ({took:.2f} s of work)", flush=True)
        if ratio > budget.limit:
            over.append(budget.title)
    return over


def yardstick() -> float:
    """Sort and multiply numbers, group a table, and count in plain Python: about a twentieth of a second."""
    draw = np.random.default_rng(0)
    values = draw.random(400_000)
    table = pd.DataFrame({"group": draw.integers(0, 50, 100_000), "value": values[:100_000]})
    counts: dict[int, int] = {}
    for number in range(300_000):
        counts[number % 97] = counts.get(number % 97, 0) + 1
    return float(np.sort(values)[::2].sum() + table.groupby("group")["value"].mean().sum() + sum(counts.values()))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return clock() - started


def _draw_faces() -> Callable[[], object]:
    from fer_core.datasets.synthetic import make_faces

    return lambda: make_faces(720, 0)


def _import(source: Path) -> None:
    from fer_core.datasets.importer import import_source

    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("FER_WORKSPACE")
        os.environ["FER_WORKSPACE"] = folder
        try:
            import_source(source, "Measured")
        finally:
            os.environ.pop("FER_WORKSPACE")
            if before is not None:
                os.environ["FER_WORKSPACE"] = before


def _summarise_measures() -> Callable[[], object]:
    from fer_core.datasets.measures import measures_summary

    draw = np.random.default_rng(0)
    samples = pd.DataFrame({"label": draw.choice(list("abcde"), 23_000), "brightness": draw.normal(size=23_000)})
    return lambda: measures_summary(samples, "brightness")


def _find_leaks() -> Callable[[], object]:
    from fer_core.datasets.signature import leaked

    draw = np.random.default_rng(1)
    signatures = draw.integers(0, 2**63, 2521 + 20_708, np.uint64)
    table = pd.DataFrame({"hash": [f"{number}" for number in range(len(signatures))], "signature": signatures})
    return lambda: leaked(table[:2521], table[2521:])


def _logits(classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Logits of random answers, (ROWS, classes) float64, and the labels' positions, right for about half."""
    draw = np.random.default_rng(5)
    logits, labels = draw.normal(0, 1.5, (ROWS, len(classes))), draw.integers(0, len(classes), ROWS)
    logits[np.arange(ROWS), labels] += 1
    return logits, labels


def _score() -> Callable[[], object]:
    from fer_core.evaluation import metrics
    from fer_core.labels import FIVE
    from fer_core.runs.records import Calibration

    logits, labels = _logits(FIVE)
    table = pd.DataFrame(logits.astype(np.float32), columns=[f"logit_{name}" for name in FIVE])
    table = table.assign(sample=np.arange(ROWS), hash="0", label=np.array(FIVE)[labels])
    nothing = np.zeros(ROWS, bool)
    return lambda: metrics.evaluate(table, FIVE, calibration=Calibration(), exact=nothing, near=nothing)


def _calibrate() -> Callable[[], object]:
    from scipy.special import softmax

    from fer_core.evaluation import abstention, calibration
    from fer_core.labels import SEVEN

    logits, labels = _logits(SEVEN)

    def work() -> None:
        temperature = calibration.fit_temperature(logits, labels)
        calibration.probability_scores(logits, labels, temperature)
        shares = softmax(logits, axis=1)
        sure, right = shares.max(axis=1), shares.argmax(axis=1) == labels
        calibration.reliability(sure, right, binning="count")
        abstention.coverage_curve(sure, right)

    return work


def _rank() -> Callable[[], object]:
    from fer_core.evaluation.ranking import class_areas, class_curves
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    answers = pd.DataFrame(draw.dirichlet(np.ones(len(SEVEN)), ROWS), columns=[f"p_{name}" for name in SEVEN])
    answers["label"] = draw.choice(SEVEN, ROWS)
    return lambda: (class_areas(answers, SEVEN), class_curves(answers, SEVEN))


def _slice() -> Callable[[], object]:
    from fer_core.evaluation.slices import slices
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    answers = pd.DataFrame({"sample": range(ROWS), "label": draw.choice(SEVEN, ROWS), "predicted": draw.choice(SEVEN, ROWS)})
    measures = {name: draw.random(ROWS) for name in ("brightness", "contrast", "sharpness", "intensity")}
    samples, flags = pd.DataFrame({"id": range(ROWS), **measures}), draw.random((3, ROWS)) < 0.1
    return lambda: slices(answers, samples, exact=flags[0], near=flags[1], copies=flags[2])


def _compare() -> Callable[[], object]:
    from fer_core.evaluation.comparison import against_first, pair, recall_changes
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    labels = draw.choice(SEVEN, ROWS)
    runs = {
        name: pd.DataFrame({"sample": range(ROWS), "label": labels, "predicted": draw.permutation(labels), "confidence": 0.5})
        for name in "vwxyz"
    }
    return lambda: (against_first(runs), recall_changes(pair(runs["v"], runs["w"])))


BUDGETS = (
    Budget("720 drawn faces", _draw_faces, 300),
    Budget("measures of 23,000 faces by class", _summarise_measures, 2),
    Budget("leaks between 2,521 and 20,708 faces", _find_leaks, 20),
    Budget("scores of 30,000 answers", _score, 20),
    Budget("calibration and abstention of 30,000 answers", _calibrate, 20),
    Budget("ranking curves of 30,000 answers", _rank, 20),
    Budget("slices of 30,000 answers", _slice, 20),
    Budget("comparison of five runs of 30,000 answers", _compare, 20),
)


if __name__ == "__main__":
    main()
