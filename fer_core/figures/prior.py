"""What taking the prior off does to the recall of each class."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import Row, interval_rows
from fer_core.figures.theme import display_name


def recall_shift(table: pd.DataFrame) -> go.Figure:
    """A dot with its interval for each class with the correction, and a diamond where its recall was without.

    Args:
        table: columns class, n, before, after, low, high (shares in [0, 1]); classes without a face are left out.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, ("class", "n", "before", "after", "low", "high"), "Recalls")
    rows = [
        Row(
            f"<b>{display_name(row['class'])}  {numbers.percent(row['before'])} → {numbers.percent(row['after'])}</b>, "
            f"{numbers.sample(row['n'])}",
            row["after"],
            row["low"],
            row["high"],
            f"<b>{display_name(row['class'])}</b><br>{numbers.percent(row['after'])} found "
            f"({numbers.interval(row['low'], row['high'])}), {numbers.percent(row['before'])} without",
            reference=row["before"],
        )
        for row in table[table["n"] > 0].to_dict("records")
    ]
    if not rows:
        return theme.empty("There is no face of a class that the run knows.")
    return interval_rows(rows, name="Found, and 95% interval", reference="Found without the correction", compact=True)
