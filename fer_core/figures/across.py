"""Runs by data sets as a heat map: how much of each run is left elsewhere."""

from __future__ import annotations

import textwrap

import numpy as np
import plotly.graph_objects as go

from fer_core import escape, numbers
from fer_core.errors import InputError
from fer_core.evaluation.across import Cell, Matrix
from fer_core.figures import theme
from fer_core.figures.cells import cell_axes, cells

_ROW, _LINE = 62, 20
SCORES: dict[str, str] = {"accuracy": "Accuracy", "macro_f1": "Macro F1"}
"""Scores that may be shown, and their titles."""


def across_map(matrix: Matrix, *, score: str = "accuracy") -> go.Figure:
    """Draw a tinted cell for each run (row) and data set (column), its score in it; a run's own data set is bold.

    Args:
        matrix: what was scored.
        score: a name in `SCORES`.

    Returns:
        One heat map, 0 to 1; cells without a score are empty and say why under the pointer. Scores of few faces have a star.

    Raises:
        InputError: an unknown score.
    """
    if score not in SCORES:
        raise InputError(f"A score is one of {', '.join(SCORES)}; got '{score}'.")
    rows = [[matrix.cell(run, dataset) for dataset in matrix.datasets] for run in matrix.runs]
    values = np.array([[_value(cell, score) for cell in row] for row in rows], np.float64)
    figure = cells(
        values,
        [[_text(cell, score) for cell in row] for row in rows],
        top=1.0,
        hover=[[_hover(cell, matrix) for cell in row] for row in rows],
    )
    theme.style(figure, height=len(rows) * _ROW + 110, legend=False, margin={"t": 8})
    names = [_in_lines(name) for name in matrix.runs.values()]
    cell_axes(figure, names, [_in_lines(name) for name in matrix.datasets], across="Data set that is asked", down="")
    return figure


def _value(cell: Cell, score: str) -> float:
    value = getattr(cell, score)
    return float("nan") if value is None else float(value)


def _text(cell: Cell, score: str) -> str:
    value = getattr(cell, score)
    if value is None:
        return numbers.DASH
    said = numbers.percent(value, 0) + ("*" if cell.is_small else "")
    return f"<b>{said}</b>" if cell.is_own else said


def _hover(cell: Cell, matrix: Matrix) -> str:
    where = f"{escape.chart(matrix.runs[cell.run])} on {escape.chart(cell.dataset)}"
    if cell.accuracy is None or cell.accuracy_ci95 is None or cell.macro_f1 is None or cell.macro_f1_ci95 is None:
        return f"{where}: {escape.chart(cell.reason)}"
    return (
        f"{where}<br>accuracy {numbers.percent(cell.accuracy)} ({numbers.interval(*cell.accuracy_ci95)})"
        f"<br>macro F1 {numbers.percent(cell.macro_f1)} ({numbers.interval(*cell.macro_f1_ci95)})"
        f"<br>majority baseline {numbers.percent(cell.majority_baseline)}, n = {cell.n:,}"
    )


def _in_lines(name: str) -> str:
    """Write a name in up to three lines, so that two that begin alike are told apart."""
    return "<br>".join(escape.chart(line) for line in textwrap.wrap(name, _LINE, max_lines=3, placeholder="…"))
