"""Section of a card on other data sets, where the run was asked about some."""

from __future__ import annotations

from fer_core import numbers
from fer_core.evaluation.across import known_across, takeaway
from fer_core.report.blocks import Block, Heading, Table, Text
from fer_core.runs import Run


def section(run: Run) -> list[Block]:
    """Tell how much of the run is left on other data sets; empty where it was asked about none."""
    matrix = known_across([run])
    if matrix is None:
        return []
    rows = []
    for cell in matrix.cells:
        left = sum((cell.left_out or {}).values())
        rows.append(
            [
                cell.dataset + (" (its own)" if cell.is_own else ""),
                _with_interval(cell.accuracy, cell.accuracy_ci95),
                _with_interval(cell.macro_f1, cell.macro_f1_ci95),
                numbers.percent(cell.majority_baseline),
                numbers.count(cell.n) + ("*" if cell.is_small else ""),
                numbers.count(left),
            ]
        )
    return [
        Heading("Other data sets"),
        Text(takeaway(matrix), strong=True),
        Text(
            "Scores are of the classes that run and data set both know, answers chosen among these, without faces that leaked "
            "from training (exact, near, or by person). A star marks fewer than 30 faces."
        ),
        Table("Scores by data set", ("Data set", "Accuracy", "Macro F1", "Majority baseline", "n", "Left out as leaked"), rows),
    ]


def _with_interval(value: float | None, limits: tuple[float, float] | None) -> str:
    return numbers.DASH if value is None or limits is None else f"{numbers.percent(value)} ({numbers.interval(*limits)})"
