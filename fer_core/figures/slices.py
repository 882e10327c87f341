"""Accuracy on parts of the faces."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import BASELINE, Row, interval_rows
from fer_core.figures.theme import display_name


def slice_strip(table: pd.DataFrame, *, overall: float, chosen: str | None = None) -> go.Figure:
    """A dot with its 95 % interval for each slice, a line for all faces, and what a constant answer would reach on each slice.

    Args:
        table: columns key, subject, slice, n, accuracy, low, high, baseline (shares in [0, 1]); a row a slice, from the top.
        overall: accuracy on all faces.
        chosen: key of a slice that is marked by another symbol and colour.

    Returns:
        A trace of dots and a trace of baselines; a figure that says so when there are no slices.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, ("key", "subject", "slice", "n", "accuracy", "low", "high", "baseline"), "Slices")
    if table.empty:
        return theme.empty("Nothing is known by which these faces could be sliced.")
    drawn = []
    for row in table.to_dict("records"):
        mark = row["key"] == chosen
        share, n, limits = numbers.percent(row["accuracy"]), numbers.sample(row["n"]), numbers.interval(row["low"], row["high"])
        drawn.append(
            Row(
                f"{'▶ ' if mark else ''}<b>{display_name(row['subject'])}: {row['slice']}  {share}</b>, {n}",
                row["accuracy"],
                row["low"],
                row["high"],
                f"<b>{display_name(row['subject'])}</b>: {row['slice']}<br>{share} right ({limits}), {n}",
                tone=theme.CHOSEN if mark else theme.SCORE,
                symbol="square" if mark else "circle",
                reference=row["baseline"],
            )
        )
    return interval_rows(drawn, name="Accuracy and 95% interval", reference=BASELINE, line=overall, compact=True)
