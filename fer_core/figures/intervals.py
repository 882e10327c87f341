"""Scores with their uncertainty."""

import pandas as pd
import plotly.graph_objects as go

from fer_core import escape, numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import BASELINE, Row, interval_rows


def score_strip(rows: pd.DataFrame) -> go.Figure:
    """A dot with its interval for each score, on one axis from 0 to 1, and what a constant answer would reach.

    Args:
        rows: columns name, value, low, high, baseline (shares in [0, 1]); limits and baseline may be NaN. A column tone gives
            each dot a hex colour of its own. One line per row.

    Returns:
        A trace of dots with error bars and a trace of baselines.

    Raises:
        InputError: a column is missing.
    """
    require_columns(rows, ("name", "value", "low", "high", "baseline"), "Scores")
    if rows.empty:
        return theme.empty("There are no scores yet.")
    tones = rows["tone"].tolist() if "tone" in rows else [theme.SCORE] * len(rows)
    drawn = []
    for row, tone in zip(rows.astype({"value": "float64"}).to_dict("records"), tones, strict=True):
        limits = numbers.interval(row["low"], row["high"])
        name = escape.chart(row["name"])
        title = f"<b>{name}  {numbers.percent(row['value'])}</b>{'' if limits == numbers.DASH else '  ' + limits}"
        said = f"{name}: {numbers.percent(row['value'])}<br>95% interval {limits}"
        drawn.append(Row(title, row["value"], row["low"], row["high"], said, tone=tone, reference=row["baseline"]))
    return interval_rows(drawn, name="Score and 95% interval", reference=BASELINE)
